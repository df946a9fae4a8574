#include "pipe/last_lines.hpp"

#include <utility>

#include <coffer/base/terminal_text.hpp>

namespace coffer {
namespace {

constexpr std::size_t most_lines = 20;
constexpr std::size_t longest_text = 8192;
constexpr std::size_t longest_line = 1000;

std::string harmless(std::string_view line) {
  std::string text;
  while (!line.empty()) {
    const TextCharacter next = first_character(line);
    const bool bad = !next.code || (next.code != U'\t' && drives_terminal(next));
    text += bad ? "?" : next.bytes;
    line.remove_prefix(next.bytes.size());
  }
  return text;
}

}  // namespace

void LastLines::add(std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '\n') {
      end_line();
    } else if (c == '\r') {
      returned_ = true;
    } else {
      if (std::exchange(returned_, false)) current_.clear();
      if (current_.size() < longest_line) current_ += c;
    }
  }
}

void LastLines::end_line() {
  lines_.push_back(std::exchange(current_, {}));
  returned_ = false;
  if (lines_.size() > most_lines) lines_.pop_front();
}

std::string LastLines::text() const {
  std::deque<std::string> shown = lines_;
  if (!current_.empty()) shown.push_back(current_);
  if (shown.size() > most_lines) shown.pop_front();
  std::string text;
  for (auto line = shown.rbegin(); line != shown.rend(); ++line) {
    std::string clean = harmless(*line);
    if (text.size() + clean.size() + 1 > longest_text) break;
    if (!text.empty()) clean.append("\n").append(text);
    text = std::move(clean);
  }
  return text;
}

}  // namespace coffer
