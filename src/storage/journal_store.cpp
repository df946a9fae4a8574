#include <algorithm>
#include <string>

#include <coffer/base/error.hpp>
#include <coffer/storage/journal_store.hpp>

namespace coffer {

bool is_run_id(std::string_view text) noexcept {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= 64 && text.front() != '-' && std::ranges::all_of(text, is_plain);
}

void check_run_id(std::string_view text) {
  if (is_run_id(text)) return;
  throw Error(
      ErrorKind::invalid_argument,
      "'" + std::string(text) + "' is no run's id: a letter, a digit or '_', then the same and '-', at most 64 in all");
}

}  // namespace coffer
