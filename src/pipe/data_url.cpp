#include "pipe/data_url.hpp"

#include <algorithm>

namespace coffer {
namespace {

constexpr std::string_view scheme = "data:";
constexpr std::string_view base64_mark = ";base64,";
constexpr std::size_t longest_type = 256;

}  // namespace

std::optional<std::string_view> data_url_type(std::string_view begin) noexcept {
  if (!begin.starts_with(scheme)) return std::nullopt;
  const std::size_t comma = begin.substr(0, scheme.size() + longest_type + base64_mark.size()).find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const std::string_view head = begin.substr(0, comma + 1);
  const auto is_plain = [](char c) { return c > 0x20 && c < 0x7F && c != '\\' && c != '"'; };
  if (!head.ends_with(base64_mark) || !std::ranges::all_of(head, is_plain)) return std::nullopt;
  if (head.size() < scheme.size() + base64_mark.size()) return std::nullopt;
  return head.substr(scheme.size(), head.size() - scheme.size() - base64_mark.size());
}

std::size_t data_url_head(std::string_view type) noexcept { return scheme.size() + type.size() + base64_mark.size(); }

}  // namespace coffer
