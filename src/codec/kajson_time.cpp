#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>

#include <coffer/codec/kajson_codec.hpp>

namespace coffer::kajson_detail {
namespace {

using std::chrono::microseconds;

constexpr std::string_view module = "datetime";

/// So many digits at `at`, which is moved behind them; -1 where there are others.
int take_digits(std::string_view text, std::size_t& at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (const std::size_t end = at + count; at < end; ++at) {
    if (text[at] < '0' || text[at] > '9') return -1;
    value = value * 10 + (text[at] - '0');
  }
  return value;
}

bool take(std::string_view text, std::size_t& at, char expected) {
  if (at >= text.size() || text[at] != expected) return false;
  ++at;
  return true;
}

/// "2026-01-02"
std::optional<std::chrono::year_month_day> take_day(std::string_view text, std::size_t& at) {
  const int year = take_digits(text, at, 4);
  if (year < 1 || !take(text, at, '-')) return std::nullopt;
  const int month = take_digits(text, at, 2);
  if (month < 0 || !take(text, at, '-')) return std::nullopt;
  const int day = take_digits(text, at, 2);
  const std::chrono::year_month_day found{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                          std::chrono::day(static_cast<unsigned>(day))};
  if (day < 0 || !found.ok()) return std::nullopt;
  return found;
}

/// "03:04:05" or "03:04:05.000678", to the end of the text.
std::optional<microseconds> take_time(std::string_view text, std::size_t& at) {
  const int hour = take_digits(text, at, 2);
  if (hour < 0 || hour > 23 || !take(text, at, ':')) return std::nullopt;
  const int minute = take_digits(text, at, 2);
  if (minute < 0 || minute > 59 || !take(text, at, ':')) return std::nullopt;
  const int second = take_digits(text, at, 2);
  if (second < 0 || second > 59) return std::nullopt;
  int fraction = 0;
  if (take(text, at, '.')) fraction = take_digits(text, at, 6);
  if (fraction < 0 || at != text.size()) return std::nullopt;
  return std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) +
         microseconds(fraction);
}

std::string day_text(const std::chrono::year_month_day& day) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text.data();
}

std::string time_text(microseconds since_midnight) {
  const std::chrono::hh_mm_ss<microseconds> parts(since_midnight);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d.%06d", static_cast<int>(parts.hours().count()),
                static_cast<int>(parts.minutes().count()), static_cast<int>(parts.seconds().count()),
                static_cast<int>(parts.subseconds().count()));
  return text.data();
}

constexpr std::chrono::local_days first_day{std::chrono::year(1) / 1 / 1};
constexpr std::chrono::local_days last_day{std::chrono::year(9999) / 12 / 31};

void check_day(const std::chrono::year_month_day& day, const KajsonPath& path) {
  if (!day.ok() || std::chrono::local_days(day) < first_day || std::chrono::local_days(day) > last_day) {
    path.refuse("a day that Python's calendar does not have");
  }
}

JsonValue need(JsonValue object, std::string_view name, const KajsonPath& path) {
  const std::optional<JsonValue> member = object.find(name);
  if (!member) refuse_missing(object, name, path);
  return *member;
}

/// The text of the one member that says what it is.
std::string need_text(JsonValue object, std::string_view name, const KajsonPath& path) {
  need_kind(object, JsonValue::Kind::object, path);
  check_class(object, name, module, path);
  return read_string(need(object, name, path), path.member(name));
}

constexpr std::chrono::seconds day_length = std::chrono::days(1);

std::chrono::seconds read_offset(JsonValue value, const KajsonPath& path) {
  const double seconds = read_number(value, path);
  if (!(std::abs(seconds) < static_cast<double>(day_length.count())) || std::trunc(seconds) != seconds) {
    path.refuse(value, "whole seconds of less than a day must stand here");
  }
  return std::chrono::seconds(static_cast<std::int64_t>(seconds));
}

/// What Python calls a zone that has only an offset: "UTC", "UTC+02:30", "UTC-01:00:01".
std::string utc_name(std::chrono::seconds offset) {
  if (offset.count() == 0) return "UTC";
  const std::chrono::hh_mm_ss<std::chrono::seconds> parts(offset);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "UTC%c%02d:%02d", parts.is_negative() ? '-' : '+',
                static_cast<int>(parts.hours().count()), static_cast<int>(parts.minutes().count()));
  std::string name = text.data();
  if (parts.seconds().count() != 0) name += ":" + std::to_string(100 + parts.seconds().count()).substr(1);
  return name;
}

std::optional<KajsonZone> read_zone(JsonValue object, const KajsonPath& path) {
  KajsonZone zone;
  const std::optional<JsonValue> name = object.find("tzinfo");
  const bool has_name = name && name->kind() != JsonValue::Kind::null;
  if (has_name) zone.name = read_string(*name, path.member("tzinfo"));
  // kajson 0.4 did not write it.
  const std::optional<JsonValue> offset = object.find("utcoffset");
  if (offset && offset->kind() != JsonValue::Kind::null) zone.offset = read_offset(*offset, path.member("utcoffset"));
  if (!has_name && !zone.offset) return std::nullopt;
  if (!has_name) zone.name = utc_name(*zone.offset);
  return zone;
}

void write_zone(KajsonWriter& writer, const std::optional<KajsonZone>& zone, const KajsonPath& path) {
  write_name(writer, "tzinfo", path);
  if (zone) {
    write_string(writer, zone->name, path.member("tzinfo"));
  } else {
    writer.null();
  }
  write_name(writer, "utcoffset", path);
  if (zone && zone->offset) {
    if (std::chrono::abs(*zone->offset) >= day_length) path.refuse("a zone a day or more away from UTC");
    writer.integer(zone->offset->count());
  } else {
    writer.null();
  }
}

}  // namespace

KajsonDate read_date(JsonValue value, const KajsonPath& path) {
  const std::string text = need_text(value, "date", path);
  std::size_t at = 0;
  const auto day = take_day(text, at);
  if (!day || at != text.size()) path.refuse(value, "“" + text + "” is no date such as 2026-01-02");
  return {*day};
}

KajsonTime read_time(JsonValue value, const KajsonPath& path) {
  const std::string text = need_text(value, "time", path);
  std::size_t at = 0;
  const auto since_midnight = take_time(text, at);
  if (!since_midnight) path.refuse(value, "“" + text + "” is no time such as 03:04:05.000678");
  return {*since_midnight, read_zone(value, path)};
}

KajsonDateTime read_date_time(JsonValue value, const KajsonPath& path) {
  const std::string text = need_text(value, "datetime", path);
  std::size_t at = 0;
  const auto day = take_day(text, at);
  std::optional<microseconds> since_midnight;
  if (day && take(text, at, ' ')) since_midnight = take_time(text, at);
  if (!since_midnight) path.refuse(value, "“" + text + "” is no moment such as 2026-01-02 03:04:05.000678");
  return {std::chrono::local_days(*day) + *since_midnight, read_zone(value, path)};
}

microseconds read_timedelta(JsonValue value, const KajsonPath& path) {
  need_kind(value, JsonValue::Kind::object, path);
  check_class(value, "timedelta", module, path);
  const double seconds = read_number(need(value, "seconds", path), path.member("seconds"));
  // 290,000 years; Python's own limit is ten times as far.
  constexpr double most = 9.2e12;
  if (!(std::abs(seconds) < most)) path.refuse(value, "more seconds than 64 bits of microseconds can hold");
  // As Python does it: whole seconds apart, halves to even.
  double whole = 0;
  const double fraction = std::modf(seconds, &whole);
  return std::chrono::seconds(static_cast<std::int64_t>(whole)) +
         microseconds(static_cast<std::int64_t>(std::nearbyint(fraction * 1e6)));
}

void write_date(KajsonWriter& writer, const KajsonDate& date, const KajsonPath& path) {
  check_day(date.day, path);
  writer.begin_object();
  write_name(writer, "date", path);
  write_string(writer, day_text(date.day), path);
  writer.tags("date", module);
  writer.end_object();
}

void write_time(KajsonWriter& writer, const KajsonTime& time, const KajsonPath& path) {
  if (time.since_midnight < microseconds(0) || time.since_midnight >= std::chrono::hours(24)) {
    path.refuse("a time outside of the day");
  }
  writer.begin_object();
  write_name(writer, "time", path);
  write_string(writer, time_text(time.since_midnight), path);
  write_zone(writer, time.zone, path);
  writer.tags("time", module);
  writer.end_object();
}

void write_date_time(KajsonWriter& writer, const KajsonDateTime& time, const KajsonPath& path) {
  const auto midnight = std::chrono::floor<std::chrono::days>(time.local);
  // Before it is a day: its year has 16 bits.
  if (midnight < first_day || midnight > last_day) path.refuse("a day that Python's calendar does not have");
  const std::chrono::year_month_day day(midnight);
  writer.begin_object();
  write_name(writer, "datetime", path);
  write_string(writer, day_text(day) + " " + time_text(time.local - midnight), path);
  write_zone(writer, time.zone, path);
  writer.tags("datetime", module);
  writer.end_object();
}

void write_timedelta(KajsonWriter& writer, microseconds time) {
  writer.begin_object();
  (void)writer.name("seconds");
  // Rounded once where the count is exact as a double, in 285 years; beyond, the longer format comes closest.
  constexpr std::int64_t exact = std::int64_t{1} << 53U;
  const std::int64_t count = time.count();
  const bool is_exact = count >= -exact && count <= exact;
  writer.real(is_exact ? static_cast<double>(count) / 1e6
                       : static_cast<double>(static_cast<long double>(count) / 1e6L));
  writer.tags("timedelta", module);
  writer.end_object();
}

}  // namespace coffer::kajson_detail
