#include "pipe/last_lines.hpp"

#include <utility>

namespace coffer {
namespace {

constexpr std::size_t most_lines = 20;
constexpr std::size_t longest_text = 8192;
constexpr std::size_t longest_line = 1000;

/// Bytes of the UTF-8 character at the start; 0 where there is none.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool too_big = lead == 0xF4 && byte(1) >= 0x90;
    return continues(1) && continues(2) && continues(3) && !overlong && !too_big ? 4 : 0;
  }
  return 0;
}

std::string harmless(std::string_view line) {
  std::string text;
  for (std::size_t i = 0; i < line.size();) {
    const std::size_t length = character_length(line.substr(i));
    const auto byte = static_cast<unsigned char>(line[i]);
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7F ||
                         (byte == 0xC2 && length == 2 && static_cast<unsigned char>(line[i + 1]) < 0xA0);
    if (length == 0 || control) {
      text += '?';
      i += length == 0 ? 1 : length;
    } else {
      text += line.substr(i, length);
      i += length;
    }
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
