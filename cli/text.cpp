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

std::string format_tm(const std::tm& parts, const char* pattern) {
  std::array<char, 64> text = {};
  const std::size_t length = std::strftime(text.data(), text.size(), pattern, &parts);
  return {text.data(), length};
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

}  // namespace coffer::cli
