#include "cli/columns.hpp"

#include <algorithm>
#include <clocale>
#include <cwchar>
#include <vector>

#include <coffer/base/terminal_text.hpp>

namespace coffer::cli {
namespace {

/// Null where the machine does not have it.
locale_t utf8_locale() noexcept {
  static const locale_t made = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return made;
}

/// While it lives this thread knows the widths of characters, whatever the user's locale is.
class CharacterWidths {
 public:
  CharacterWidths() noexcept {
    if (utf8_locale() != nullptr) before_ = ::uselocale(utf8_locale());
  }
  CharacterWidths(const CharacterWidths&) = delete;
  CharacterWidths& operator=(const CharacterWidths&) = delete;
  ~CharacterWidths() {
    if (before_ != nullptr) ::uselocale(before_);
  }

  std::size_t of(const TextCharacter& character) const noexcept {
    if (!character.code || *character.code < 0x80 || before_ == nullptr) return 1;
    const int width = ::wcwidth(static_cast<wchar_t>(*character.code));
    return width < 0 ? 1 : static_cast<std::size_t>(width);
  }

 private:
  locale_t before_ = nullptr;
};

struct Place {
  std::size_t byte = 0;
  std::size_t width = 0;
};

/// Where each character begins.
std::vector<Place> places_of(std::string_view text) {
  const CharacterWidths widths;
  std::vector<Place> places;
  for (std::size_t at = 0; at < text.size();) {
    const TextCharacter character = first_character(text.substr(at));
    places.push_back({at, widths.of(character)});
    at += character.bytes.size();
  }
  return places;
}

/// The last characters that have room in `width` columns; none without the one that it is put on.
std::string_view ending(std::string_view text, std::size_t width) {
  const std::vector<Place> places = places_of(text);
  std::size_t begin = text.size();
  std::size_t columns = 0;
  for (auto place = places.rbegin(); place != places.rend(); ++place) {
    columns += place->width;
    if (columns > width) break;
    if (place->width != 0) begin = place->byte;
  }
  return text.substr(begin);
}

}  // namespace

std::size_t display_width(std::string_view text) noexcept {
  const CharacterWidths widths;
  std::size_t width = 0;
  while (!text.empty()) {
    const TextCharacter character = first_character(text);
    width += widths.of(character);
    text.remove_prefix(character.bytes.size());
  }
  return width;
}

std::string_view beginning(std::string_view text, std::size_t width) noexcept {
  const CharacterWidths widths;
  std::size_t end = 0;
  std::size_t columns = 0;
  while (end < text.size()) {
    const TextCharacter character = first_character(text.substr(end));
    columns += widths.of(character);
    if (columns > width) break;
    end += character.bytes.size();
  }
  return text.substr(0, end);
}

std::string shorten(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  const std::size_t tail = (width - 1) / 2;
  const std::size_t head = width - 1 - tail;
  std::string shown(beginning(text, head));
  shown += "…";
  shown += ending(text, tail);
  return shown;
}

std::string pad_right(std::string_view text, std::size_t width) {
  std::string padded(text);
  const std::size_t have = display_width(text);
  if (have < width) padded.append(width - have, ' ');
  return padded;
}

std::string pad_left(std::string_view text, std::size_t width) {
  const std::size_t have = display_width(text);
  std::string padded(have < width ? width - have : 0, ' ');
  padded += text;
  return padded;
}

}  // namespace coffer::cli
