#include <algorithm>

#include <coffer/storage/journal_store.hpp>

namespace coffer {

bool is_run_id(std::string_view text) noexcept {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= 64 && text.front() != '-' && std::ranges::all_of(text, is_plain);
}

}  // namespace coffer
