#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <coffer/codec/json_document.hpp>
#include <coffer/codec/kajson_class.hpp>
#include <coffer/codec/kajson_described.hpp>
#include <coffer/codec/kajson_path.hpp>
#include <coffer/codec/kajson_reader.hpp>
#include <coffer/codec/kajson_time.hpp>
#include <coffer/codec/kajson_writer.hpp>

namespace coffer {

/// A value of any class, kept as it came: what a program passes on and does not look into.
class KajsonOpaque {
 public:
  /// null.
  KajsonOpaque();
  explicit KajsonOpaque(JsonDocument document);
  // What it was moved from would have no value: a move is a copy, which costs a counter.
  KajsonOpaque(const KajsonOpaque&) = default;
  KajsonOpaque& operator=(const KajsonOpaque&) = default;
  ~KajsonOpaque() = default;
  JsonValue value() const noexcept { return document_->root(); }

 private:
  std::shared_ptr<const JsonDocument> document_;
};

/// How T is read and written. For types of one's own: specialise it with these two functions, which throw through the
/// path where a value is none of T's. read() takes exactly one value, and may be called again for the same one.
template <class T>
struct KajsonCodec {
  static T read(KajsonReader& reader, const KajsonPath& path);
  static void write(KajsonWriter& writer, const T& value, const KajsonPath& path);
};

namespace kajson_detail {

// Scalars, and what has classes of its own: compiled once.
std::string read_string(KajsonReader& reader, const KajsonPath& path);
bool read_boolean(KajsonReader& reader, const KajsonPath& path);
/// NaN and the infinities only where they are written so.
double read_number(KajsonReader& reader, const KajsonPath& path, double most = std::numeric_limits<double>::max());
std::int64_t read_integer(KajsonReader& reader, const KajsonPath& path, std::int64_t least, std::int64_t most);
std::uint64_t read_natural(KajsonReader& reader, const KajsonPath& path, std::uint64_t most);
KajsonDate read_date(KajsonReader& reader, const KajsonPath& path);
KajsonTime read_time(KajsonReader& reader, const KajsonPath& path);
KajsonDateTime read_date_time(KajsonReader& reader, const KajsonPath& path);
std::chrono::microseconds read_timedelta(KajsonReader& reader, const KajsonPath& path);
void write_date(KajsonWriter& writer, const KajsonDate& date, const KajsonPath& path);
void write_time(KajsonWriter& writer, const KajsonTime& time, const KajsonPath& path);
void write_date_time(KajsonWriter& writer, const KajsonDateTime& time, const KajsonPath& path);
void write_timedelta(KajsonWriter& writer, std::chrono::microseconds time, const KajsonPath& path);

}  // namespace kajson_detail

template <class T>
T KajsonCodec<T>::read(KajsonReader& reader, const KajsonPath& path) {
  if constexpr (std::is_same_v<T, bool>) {
    return kajson_detail::read_boolean(reader, path);
  } else if constexpr (std::signed_integral<T>) {
    return static_cast<T>(
        kajson_detail::read_integer(reader, path, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  } else if constexpr (std::unsigned_integral<T>) {
    return static_cast<T>(kajson_detail::read_natural(reader, path, std::numeric_limits<T>::max()));
  } else if constexpr (std::floating_point<T>) {
    constexpr bool is_narrow = sizeof(T) < sizeof(double);
    constexpr auto limits_of =
        is_narrow ? static_cast<double>(std::numeric_limits<T>::max()) : std::numeric_limits<double>::max();
    return static_cast<T>(kajson_detail::read_number(reader, path, limits_of));
  } else if constexpr (kajson_detail::BareEnum<T>) {
    return kajson_detail::read_bare_enum<T>(reader, path);
  } else if constexpr (kajson_detail::DescribedEnum<T>) {
    return kajson_detail::read_enum<T>(reader, path);
  } else {
    static_assert(kajson_detail::DescribedStruct<T>,
                  "Kajson: describe this type (BOOST_DESCRIBE_STRUCT) or specialise coffer::KajsonCodec for it");
    return kajson_detail::read_members<T, KajsonClass<T>>(reader, path);
  }
}

template <class T>
void KajsonCodec<T>::write(KajsonWriter& writer, const T& value, const KajsonPath& path) {
  if constexpr (std::is_same_v<T, bool>) {
    writer.boolean(value);
  } else if constexpr (std::signed_integral<T>) {
    writer.integer(value);
  } else if constexpr (std::unsigned_integral<T>) {
    writer.natural(value);
  } else if constexpr (std::floating_point<T>) {
    writer.real(value);
  } else if constexpr (kajson_detail::BareEnum<T>) {
    kajson_detail::write_bare_enum(writer, value, path);
  } else if constexpr (kajson_detail::DescribedEnum<T>) {
    kajson_detail::write_enum(writer, value, path);
  } else {
    static_assert(kajson_detail::DescribedStruct<T>,
                  "Kajson: describe this type (BOOST_DESCRIBE_STRUCT) or specialise coffer::KajsonCodec for it");
    kajson_detail::write_members(writer, value, path);
  }
}

template <>
struct KajsonCodec<std::string> {
  static std::string read(KajsonReader& reader, const KajsonPath& path) {
    return kajson_detail::read_string(reader, path);
  }
  static void write(KajsonWriter& writer, const std::string& value, const KajsonPath& path) {
    kajson_detail::write_string(writer, value, path);
  }
};

/// null stands for nothing; a member that is missing is nothing, too.
template <class T>
struct KajsonCodec<std::optional<T>> {
  static std::optional<T> read(KajsonReader& reader, const KajsonPath& path) {
    if (reader.kind() != JsonValue::Kind::null) return KajsonCodec<T>::read(reader, path);
    reader.null();
    return std::nullopt;
  }
  static void write(KajsonWriter& writer, const std::optional<T>& value, const KajsonPath& path) {
    if (value) {
      KajsonCodec<T>::write(writer, *value, path);
    } else {
      writer.null();
    }
  }
};

template <class T>
struct KajsonCodec<std::vector<T>> {
  static std::vector<T> read(KajsonReader& reader, const KajsonPath& path) {
    kajson_detail::need_kind(reader, JsonValue::Kind::array, path);
    std::vector<T> elements;
    reader.begin_array();
    while (reader.next_element()) {
      elements.push_back(KajsonCodec<T>::read(reader, path.element(elements.size())));
    }
    return elements;
  }
  static void write(KajsonWriter& writer, const std::vector<T>& values, const KajsonPath& path) {
    writer.begin_array();
    // So many elements tell how long one is; some more is reserved than they promise.
    constexpr std::size_t enough = 64;
    const std::size_t begin = writer.text().size();
    std::size_t index = 0;
    for (const T& value : values) {
      KajsonCodec<T>::write(writer, value, path.element(index++));
      if (index == enough) writer.expect((writer.text().size() - begin) / enough * (values.size() - enough) * 9 / 8);
    }
    writer.end_array();
  }
};

/// A user's own names. One called __class__ or __module__ is kept as data when it is read, and refused when it would be
/// written: it would be taken for a tag.
template <class T>
struct KajsonCodec<std::map<std::string, T>> {
  static std::map<std::string, T> read(KajsonReader& reader, const KajsonPath& path) {
    kajson_detail::need_kind(reader, JsonValue::Kind::object, path);
    std::map<std::string, T> values;
    std::map<std::string, KajsonReader::Mark> later;
    reader.begin_object();
    while (reader.next_member()) {
      std::string name(reader.name());
      if (reader.order() == KajsonReader::Order::last_values) {
        later.insert_or_assign(std::move(name), reader.mark());
        reader.skip();
      } else {
        T value = KajsonCodec<T>::read(reader, path.member(name));
        values.insert_or_assign(std::move(name), std::move(value));
      }
    }
    const KajsonReader::Mark behind = reader.mark();
    for (const auto& [name, mark] : later) {
      reader.go_to(mark);
      values.emplace(name, KajsonCodec<T>::read(reader, path.member(name)));
    }
    reader.go_to(behind);
    return values;
  }
  static void write(KajsonWriter& writer, const std::map<std::string, T>& values, const KajsonPath& path) {
    writer.begin_object();
    for (const auto& [name, value] : values) {
      const KajsonPath step = path.member(name);
      if (kajson_detail::is_tag(name)) step.refuse("a name that Kajson keeps for classes; give it another one");
      kajson_detail::write_name(writer, name, step);
      KajsonCodec<T>::write(writer, value, step);
    }
    writer.end_object();
  }
};

template <>
struct KajsonCodec<KajsonOpaque> {
  static KajsonOpaque read(KajsonReader& reader, const KajsonPath& path);
  static void write(KajsonWriter& writer, const KajsonOpaque& value, const KajsonPath& /*path*/) {
    writer.value(value.value());
  }
};

template <>
struct KajsonCodec<KajsonDate> {
  static KajsonDate read(KajsonReader& reader, const KajsonPath& path) {
    return kajson_detail::read_date(reader, path);
  }
  static void write(KajsonWriter& writer, const KajsonDate& value, const KajsonPath& path) {
    kajson_detail::write_date(writer, value, path);
  }
};

template <>
struct KajsonCodec<KajsonTime> {
  static KajsonTime read(KajsonReader& reader, const KajsonPath& path) {
    return kajson_detail::read_time(reader, path);
  }
  static void write(KajsonWriter& writer, const KajsonTime& value, const KajsonPath& path) {
    kajson_detail::write_time(writer, value, path);
  }
};

template <>
struct KajsonCodec<KajsonDateTime> {
  static KajsonDateTime read(KajsonReader& reader, const KajsonPath& path) {
    return kajson_detail::read_date_time(reader, path);
  }
  static void write(KajsonWriter& writer, const KajsonDateTime& value, const KajsonPath& path) {
    kajson_detail::write_date_time(writer, value, path);
  }
};

/// Only for reading.
template <>
struct KajsonCodec<kajson_detail::RawText> {
  static kajson_detail::RawText read(KajsonReader& reader, const KajsonPath& /*path*/) {
    return {std::string(reader.raw())};
  }
};

/// datetime.timedelta.
template <>
struct KajsonCodec<std::chrono::microseconds> {
  static std::chrono::microseconds read(KajsonReader& reader, const KajsonPath& path) {
    return kajson_detail::read_timedelta(reader, path);
  }
  static void write(KajsonWriter& writer, std::chrono::microseconds value, const KajsonPath& path) {
    kajson_detail::write_timedelta(writer, value, path);
  }
};

}  // namespace coffer
