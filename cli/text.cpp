#include "cli/text.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

#include <coffer/base/byte_size.hpp>
#include <coffer/base/terminal_text.hpp>

namespace coffer::cli {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

bool begins_code_point(char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }

std::string format_tm(const std::tm& parts, const char* pattern) {
  std::array<char, 64> text = {};
  const std::size_t length = std::strftime(text.data(), text.size(), pattern, &parts);
  return {text.data(), length};
}

/// The byte at which the code point `count` begins.
std::size_t byte_of(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (begins_code_point(text[at]) && count-- == 0) return at;
  }
  return at;
}

}  // namespace

std::string format_rate(std::uint64_t bytes, std::chrono::nanoseconds time) {
  if (time.count() <= 0) return "-";
  const double rate = static_cast<double>(bytes) * 1e9 / static_cast<double>(time.count());
  return format_byte_size(static_cast<std::uint64_t>(rate)) + "/s";
}

std::string format_local_time(system_clock::time_point time) {
  const std::time_t instant = system_clock::to_time_t(time);
  std::tm parts = {};
  ::localtime_r(&instant, &parts);
  return format_tm(parts, "%Y-%m-%d %H:%M:%S");
}

std::string format_utc_time(system_clock::time_point time) {
  const auto whole = std::chrono::floor<seconds>(time);
  const std::time_t instant = system_clock::to_time_t(whole);
  std::tm parts = {};
  ::gmtime_r(&instant, &parts);
  std::array<char, 8> fraction = {};
  const long long rest = duration_cast<milliseconds>(time - whole).count();
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(rest));
  return format_tm(parts, "%Y-%m-%dT%H:%M:%S") + fraction.data();
}

Result<seconds> parse_age(std::string_view text) {
  long long count = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  long long scale = 0;
  if (unit == "s" || (unit.empty() && count == 0)) scale = 1;
  if (unit == "m") scale = 60;
  if (unit == "h") scale = 3600;
  if (unit == "d") scale = 86400;
  const long long most = 100LL * 365 * 86400;
  if (failed != std::errc() || count < 0 || scale == 0 || count > most / scale) {
    return Error(ErrorKind::invalid_argument, "“" + printable(text) + "” is no age: write 30s, 15m, 2h or 7d");
  }
  return seconds(count * scale);
}

std::string_view integrity_name(Integrity integrity) noexcept {
  switch (integrity) {
    case Integrity::verified_on_read:
      return "verified_on_read";
    case Integrity::changed_outside:
      return "changed_outside";
    case Integrity::unverified:
      return "unverified";
  }
  return "unverified";
}

std::string_view integrity_word(Integrity integrity) noexcept {
  switch (integrity) {
    case Integrity::verified_on_read:
      return "checksum";
    case Integrity::changed_outside:
      return "changed";
    case Integrity::unverified:
      return "unverified";
  }
  return "unverified";
}

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const TextCharacter character = first_character(text);
    text.remove_prefix(character.bytes.size());
    if (!drives_terminal(character)) {
      shown += character.bytes;
      continue;
    }
    for (const char byte : character.bytes) {
      std::array<char, 8> escape = {};
      std::snprintf(escape.data(), escape.size(), "\\x%02x", static_cast<unsigned char>(byte));
      shown += escape.data();
    }
  }
  return shown;
}

std::size_t display_width(std::string_view text) noexcept {
  std::size_t width = 0;
  for (const char c : text) width += begins_code_point(c) ? 1 : 0;
  return width;
}

std::string shorten(std::string_view text, std::size_t width) {
  const std::size_t have = display_width(text);
  if (have <= width) return std::string(text);
  if (width == 0) return "";
  const std::size_t tail = (width - 1) / 2;
  const std::size_t head = width - 1 - tail;
  std::string shown(text.substr(0, byte_of(text, head)));
  shown += "…";
  shown += text.substr(byte_of(text, have - tail));
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
