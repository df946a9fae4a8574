#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>

#include <boost/describe/class.hpp>
#include <coffer/codec/kajson_codec.hpp>

#include "codec/json_words.hpp"

namespace coffer::kajson_detail {
namespace {

/// How far a zone is from UTC.
struct Offset {
  std::chrono::seconds seconds{};
};

// What Kajson's objects hold.

struct DateText {
  std::string date;
};
BOOST_DESCRIBE_STRUCT(DateText, (), (date))

struct TimeText {
  std::string time;
  std::optional<std::string> tzinfo;
  std::optional<Offset> utcoffset;
};
BOOST_DESCRIBE_STRUCT(TimeText, (), (time, tzinfo, utcoffset))

struct DateTimeText {
  std::string datetime;
  std::optional<std::string> tzinfo;
  std::optional<Offset> utcoffset;
};
BOOST_DESCRIBE_STRUCT(DateTimeText, (), (datetime, tzinfo, utcoffset))

struct TimedeltaText {
  double seconds = 0;
};
BOOST_DESCRIBE_STRUCT(TimedeltaText, (), (seconds))

}  // namespace
}  // namespace coffer::kajson_detail

COFFER_KAJSON_CLASS(coffer::kajson_detail::DateText, "date", "datetime")
COFFER_KAJSON_CLASS(coffer::kajson_detail::TimeText, "time", "datetime")
COFFER_KAJSON_CLASS(coffer::kajson_detail::DateTimeText, "datetime", "datetime")
COFFER_KAJSON_CLASS(coffer::kajson_detail::TimedeltaText, "timedelta", "datetime")

namespace coffer {

template <>
struct KajsonCodec<kajson_detail::Offset> {
  static kajson_detail::Offset read(KajsonReader& reader, const KajsonPath& path) {
    const KajsonReader::Mark begin = reader.mark();
    const double seconds = kajson_detail::read_number(reader, path);
    constexpr double day_length = std::chrono::seconds(std::chrono::days(1)).count();
    if (!(std::abs(seconds) < day_length) || std::trunc(seconds) != seconds) {
      path.refuse(reader.place(begin), "whole seconds of less than a day must stand here");
    }
    return {std::chrono::seconds(static_cast<std::int64_t>(seconds))};
  }
  static void write(KajsonWriter& writer, const kajson_detail::Offset& value, const KajsonPath& path) {
    if (std::chrono::abs(value.seconds) >= std::chrono::days(1)) path.refuse("a zone a day or more away from UTC");
    writer.integer(value.seconds.count());
  }
};

}  // namespace coffer

namespace coffer::kajson_detail {
namespace {

using std::chrono::microseconds;

// 290,000 years; Python's own limit is ten times as far.
constexpr double most_seconds = 9.2e12;

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

/// The zone of a TimeText or DateTimeText.
template <class Text>
std::optional<KajsonZone> zone_of(const Text& text) {
  if (!text.tzinfo && !text.utcoffset) return std::nullopt;
  KajsonZone zone;
  if (text.utcoffset) zone.offset = text.utcoffset->seconds;
  zone.name = text.tzinfo ? *text.tzinfo : utc_name(*zone.offset);
  return zone;
}

template <class Text>
void set_zone(Text& text, const std::optional<KajsonZone>& zone) {
  if (!zone) return;
  text.tzinfo = zone->name;
  if (zone->offset) text.utcoffset = Offset{*zone->offset};
}

}  // namespace

KajsonDate read_date(KajsonReader& reader, const KajsonPath& path) {
  const KajsonReader::Mark object = reader.mark();
  const auto text = KajsonCodec<DateText>::read(reader, path);
  std::size_t at = 0;
  const auto day = take_day(text.date, at);
  if (!day || at != text.date.size()) {
    path.refuse(reader.place(object), "“" + text.date + "” is no date such as 2026-01-02");
  }
  return {*day};
}

KajsonTime read_time(KajsonReader& reader, const KajsonPath& path) {
  const KajsonReader::Mark object = reader.mark();
  const auto text = KajsonCodec<TimeText>::read(reader, path);
  std::size_t at = 0;
  const auto since_midnight = take_time(text.time, at);
  if (!since_midnight) {
    path.refuse(reader.place(object), "“" + text.time + "” is no time such as 03:04:05.000678");
  }
  return {*since_midnight, zone_of(text)};
}

KajsonDateTime read_date_time(KajsonReader& reader, const KajsonPath& path) {
  const KajsonReader::Mark object = reader.mark();
  const auto text = KajsonCodec<DateTimeText>::read(reader, path);
  std::size_t at = 0;
  const auto day = take_day(text.datetime, at);
  std::optional<microseconds> since_midnight;
  if (day && take(text.datetime, at, ' ')) since_midnight = take_time(text.datetime, at);
  if (!since_midnight) {
    path.refuse(reader.place(object), "“" + text.datetime + "” is no moment such as 2026-01-02 03:04:05.000678");
  }
  return {std::chrono::local_days(*day) + *since_midnight, zone_of(text)};
}

microseconds read_timedelta(KajsonReader& reader, const KajsonPath& path) {
  const KajsonReader::Mark object = reader.mark();
  const double seconds = KajsonCodec<TimedeltaText>::read(reader, path).seconds;
  if (!(std::abs(seconds) <= most_seconds)) {
    path.refuse(reader.place(object), "more seconds than 64 bits of microseconds can hold");
  }
  // As Python does it: whole seconds apart, halves to even.
  double whole = 0;
  const double fraction = std::modf(seconds, &whole);
  return std::chrono::seconds(static_cast<std::int64_t>(whole)) +
         microseconds(static_cast<std::int64_t>(std::nearbyint(fraction * 1e6)));
}

void write_date(KajsonWriter& writer, const KajsonDate& date, const KajsonPath& path) {
  check_day(date.day, path);
  KajsonCodec<DateText>::write(writer, {day_text(date.day)}, path);
}

void write_time(KajsonWriter& writer, const KajsonTime& time, const KajsonPath& path) {
  if (time.since_midnight < microseconds(0) || time.since_midnight >= std::chrono::hours(24)) {
    path.refuse("a time outside of the day");
  }
  TimeText text;
  text.time = time_text(time.since_midnight);
  set_zone(text, time.zone);
  KajsonCodec<TimeText>::write(writer, text, path);
}

void write_date_time(KajsonWriter& writer, const KajsonDateTime& time, const KajsonPath& path) {
  const auto midnight = std::chrono::floor<std::chrono::days>(time.local);
  // Before it is a day: its year has 16 bits.
  if (midnight < first_day || midnight > last_day) path.refuse("a day that Python's calendar does not have");
  DateTimeText text;
  text.datetime = day_text(std::chrono::year_month_day(midnight)) + " " + time_text(time.local - midnight);
  set_zone(text, time.zone);
  KajsonCodec<DateTimeText>::write(writer, text, path);
}

void write_timedelta(KajsonWriter& writer, microseconds time, const KajsonPath& path) {
  // Rounded once, as Python does it.
  const std::string text = std::to_string(time.count()) + "e-6";
  const double seconds = nearest_double(text);
  if (std::abs(seconds) > most_seconds) path.refuse("more seconds than are read again");
  KajsonCodec<TimedeltaText>::write(writer, {seconds}, path);
}

}  // namespace coffer::kajson_detail
