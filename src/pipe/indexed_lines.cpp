#include "pipe/indexed_lines.hpp"

#include <utility>

namespace coffer {
namespace {

constexpr std::size_t longest = 4096;

}  // namespace

std::string IndexedLines::add(std::string_view said) {
  std::string lines;
  for (const char c : said) {
    if (c != '\n') unfinished_ += c;
    if (c == '\n' || unfinished_.size() >= longest) lines += before_ + std::exchange(unfinished_, {}) + "\n";
  }
  return lines;
}

std::string IndexedLines::rest() {
  if (unfinished_.empty()) return "";
  return before_ + std::exchange(unfinished_, {}) + "\n";
}

}  // namespace coffer
