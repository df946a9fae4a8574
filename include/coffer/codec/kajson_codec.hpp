#pragma once

#include <algorithm>
#include <array>
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

#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <coffer/codec/json_document.hpp>
#include <coffer/codec/kajson_path.hpp>
#include <coffer/codec/kajson_time.hpp>
#include <coffer/codec/kajson_writer.hpp>

namespace coffer {

/// Whether a class or module of this name can be written: printable ASCII without quotes and backslashes.
constexpr bool is_kajson_tag(std::string_view name) noexcept {
  for (const char c : name) {
    if (c < 0x20 || c > 0x7E || c == '"' || c == '\\') return false;
  }
  return !name.empty();
}

/// The class as which Kajson names objects of T; by COFFER_KAJSON_CLASS. Without one T's objects have no tags.
template <class T>
struct KajsonClass {};

// NOLINTBEGIN(cppcoreguidelines-macro-usage,bugprone-macro-parentheses): a specialisation, as Boost.Describe's.
/// Outside of any namespace: COFFER_KAJSON_CLASS(shop::Ticket, "Ticket", "shop.tickets").
#define COFFER_KAJSON_CLASS(TYPE, NAME, MODULE)                                   \
  template <>                                                                     \
  struct coffer::KajsonClass<TYPE> {                                              \
    static constexpr std::string_view name = NAME;                                \
    static constexpr std::string_view module = MODULE;                            \
    static_assert(coffer::is_kajson_tag(name) && coffer::is_kajson_tag(module),   \
                  "write it in printable ASCII, without quotes and backslashes"); \
  };
// NOLINTEND(cppcoreguidelines-macro-usage,bugprone-macro-parentheses)

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
/// path where a value is none of T's.
template <class T>
struct KajsonCodec {
  static T read(JsonValue value, const KajsonPath& path);
  static void write(KajsonWriter& writer, const T& value, const KajsonPath& path);
};

namespace kajson_detail {

// Tags, and what has them: compiled once.
std::string read_string(JsonValue value, const KajsonPath& path);
bool read_boolean(JsonValue value, const KajsonPath& path);
/// NaN and the infinities only where they are written so.
double read_number(JsonValue value, const KajsonPath& path, double most = std::numeric_limits<double>::max());
std::int64_t read_integer(JsonValue value, const KajsonPath& path, std::int64_t least, std::int64_t most);
std::uint64_t read_natural(JsonValue value, const KajsonPath& path, std::uint64_t most);
void need_kind(JsonValue value, JsonValue::Kind kind, const KajsonPath& path);
/// What a member's name says, without a copy where it is written as it is.
std::string_view name_of(JsonValue name, std::string& decoded);
bool is_tag(std::string_view name) noexcept;
/// Refuses an object of another class; one without tags may be of any.
void check_class(JsonValue object, std::string_view name, std::string_view module, const KajsonPath& path);
[[noreturn]] void refuse_missing(JsonValue object, std::string_view name, const KajsonPath& path);
void write_string(KajsonWriter& writer, std::string_view text, const KajsonPath& path);
void write_name(KajsonWriter& writer, std::string_view name, const KajsonPath& path);
/// An Enum's name, or its value as it is written where no name stands there.
struct EnumText {
  std::string name;
  std::string value;
};
EnumText read_enum_text(JsonValue value, const KajsonPath& path);
KajsonDate read_date(JsonValue value, const KajsonPath& path);
KajsonTime read_time(JsonValue value, const KajsonPath& path);
KajsonDateTime read_date_time(JsonValue value, const KajsonPath& path);
std::chrono::microseconds read_timedelta(JsonValue value, const KajsonPath& path);
void write_date(KajsonWriter& writer, const KajsonDate& date, const KajsonPath& path);
void write_time(KajsonWriter& writer, const KajsonTime& time, const KajsonPath& path);
void write_date_time(KajsonWriter& writer, const KajsonDateTime& time, const KajsonPath& path);
void write_timedelta(KajsonWriter& writer, std::chrono::microseconds time);

template <class T>
concept HasClass = requires {
  KajsonClass<T>::name;
  KajsonClass<T>::module;
};
template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;
template <class T>
concept DescribedStruct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
using MembersOf = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

/// Reads the members that T has, in the order of the text; others are passed over, as pydantic does.
template <class T>
T read_members(JsonValue object, const KajsonPath& path) {
  need_kind(object, JsonValue::Kind::object, path);
  if constexpr (HasClass<T>) check_class(object, KajsonClass<T>::name, KajsonClass<T>::module, path);
  using Members = MembersOf<T>;
  constexpr std::size_t count = boost::mp11::mp_size<Members>::value;
  // The last value of each: a name may stand there twice.
  std::array<std::optional<JsonValue>, count> values;
  std::string decoded;
  std::size_t next = 0;  // Mostly they come in the order in which T has them.
  for (auto name = object.first(); name;) {
    const JsonValue value = *name->behind(object);
    const std::string_view text = name_of(*name, decoded);
    bool taken = false;
    const auto take_if = [&](auto index, bool wanted) {
      if (taken || !wanted || text != boost::mp11::mp_at_c<Members, index>::name) return;
      values[index] = value;
      taken = true;
      next = index + 1;
    };
    boost::mp11::mp_for_each<boost::mp11::mp_iota_c<count>>([&](auto index) { take_if(index, index == next); });
    boost::mp11::mp_for_each<boost::mp11::mp_iota_c<count>>([&](auto index) { take_if(index, true); });
    name = value.behind(object);
  }
  T result{};
  boost::mp11::mp_for_each<boost::mp11::mp_iota_c<count>>([&](auto index) {
    using Member = boost::mp11::mp_at_c<Members, index>;
    auto& member = result.*Member::pointer;
    using Type = std::remove_cvref_t<decltype(member)>;
    if (values[index]) {
      member = KajsonCodec<Type>::read(*values[index], path.member(Member::name));
    } else if constexpr (is_optional<Type>) {
      member.reset();
    } else {
      refuse_missing(object, Member::name, path);
    }
  });
  return result;
}

template <class T>
void write_members(KajsonWriter& writer, const T& value, const KajsonPath& path) {
  writer.begin_object();
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
    write_name(writer, member.name, path);
    const auto& inner = value.*member.pointer;
    KajsonCodec<std::remove_cvref_t<decltype(inner)>>::write(writer, inner, path.member(member.name));
  });
  if constexpr (HasClass<T>) writer.tags(KajsonClass<T>::name, KajsonClass<T>::module);
  writer.end_object();
}

template <class T>
std::string enum_value_text(T value) {
  return std::to_string(static_cast<std::underlying_type_t<T>>(value));
}

template <class T>
T read_enum(JsonValue value, const KajsonPath& path) {
  const EnumText text = read_enum_text(value, path);
  if constexpr (HasClass<T>) check_class(value, KajsonClass<T>::name, KajsonClass<T>::module, path);
  std::optional<T> found;
  std::string known;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto enumerator) {
    const bool is_it =
        text.name.empty() ? text.value == enum_value_text(enumerator.value) : text.name == enumerator.name;
    if (is_it) found = enumerator.value;
    known += (known.empty() ? "" : ", ") + std::string(enumerator.name);
  });
  if (!found) path.refuse(value, "“" + text.name + text.value + "” is none of " + known);
  return *found;
}

/// As Python writes an Enum whose values are whole numbers: another name of a value is none of its own.
template <class T>
void write_enum(KajsonWriter& writer, T value, const KajsonPath& path) {
  std::vector<T> order;
  const char* name = nullptr;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto enumerator) {
    if (name != nullptr) return;
    if (value == enumerator.value) {
      name = enumerator.name;
    } else if (std::find(order.begin(), order.end(), enumerator.value) == order.end()) {
      order.push_back(enumerator.value);
    }
  });
  if (name == nullptr) path.refuse("a value that the enumeration has no name for");
  writer.begin_object();
  write_name(writer, "_value_", path);
  KajsonCodec<std::underlying_type_t<T>>::write(writer, static_cast<std::underlying_type_t<T>>(value), path);
  write_name(writer, "_name_", path);
  write_string(writer, name, path);
  write_name(writer, "_sort_order_", path);
  writer.natural(order.size());
  if constexpr (HasClass<T>) writer.tags(KajsonClass<T>::name, KajsonClass<T>::module);
  writer.end_object();
}

}  // namespace kajson_detail

template <class T>
T KajsonCodec<T>::read(JsonValue value, const KajsonPath& path) {
  if constexpr (std::is_same_v<T, bool>) {
    return kajson_detail::read_boolean(value, path);
  } else if constexpr (std::signed_integral<T>) {
    return static_cast<T>(
        kajson_detail::read_integer(value, path, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  } else if constexpr (std::unsigned_integral<T>) {
    return static_cast<T>(kajson_detail::read_natural(value, path, std::numeric_limits<T>::max()));
  } else if constexpr (std::floating_point<T>) {
    constexpr bool is_narrow = sizeof(T) < sizeof(double);
    constexpr auto limits_of =
        is_narrow ? static_cast<double>(std::numeric_limits<T>::max()) : std::numeric_limits<double>::max();
    return static_cast<T>(kajson_detail::read_number(value, path, limits_of));
  } else if constexpr (kajson_detail::DescribedEnum<T>) {
    return kajson_detail::read_enum<T>(value, path);
  } else {
    static_assert(kajson_detail::DescribedStruct<T>,
                  "Kajson: describe this type (BOOST_DESCRIBE_STRUCT) or specialise coffer::KajsonCodec for it");
    return kajson_detail::read_members<T>(value, path);
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
  static std::string read(JsonValue value, const KajsonPath& path) { return kajson_detail::read_string(value, path); }
  static void write(KajsonWriter& writer, const std::string& value, const KajsonPath& path) {
    kajson_detail::write_string(writer, value, path);
  }
};

/// null stands for nothing; a member that is missing is nothing, too.
template <class T>
struct KajsonCodec<std::optional<T>> {
  static std::optional<T> read(JsonValue value, const KajsonPath& path) {
    if (value.kind() == JsonValue::Kind::null) return std::nullopt;
    return KajsonCodec<T>::read(value, path);
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
  static std::vector<T> read(JsonValue value, const KajsonPath& path) {
    kajson_detail::need_kind(value, JsonValue::Kind::array, path);
    std::vector<T> elements;
    for (auto element = value.first(); element; element = element->behind(value)) {
      elements.push_back(KajsonCodec<T>::read(*element, path.element(elements.size())));
    }
    return elements;
  }
  static void write(KajsonWriter& writer, const std::vector<T>& values, const KajsonPath& path) {
    writer.begin_array();
    std::size_t index = 0;
    for (const T& value : values) KajsonCodec<T>::write(writer, value, path.element(index++));
    writer.end_array();
  }
};

/// A user's own names. One called __class__ or __module__ is kept as data when it is read, and refused when it would be
/// written: it would be taken for a tag.
template <class T>
struct KajsonCodec<std::map<std::string, T>> {
  static std::map<std::string, T> read(JsonValue value, const KajsonPath& path) {
    kajson_detail::need_kind(value, JsonValue::Kind::object, path);
    std::map<std::string, T> values;
    for (const JsonValue::Member& member : value.members().value()) {
      std::string key = kajson_detail::read_string(member.name, path);
      T read = KajsonCodec<T>::read(member.value, path.member(key));
      values.emplace(std::move(key), std::move(read));
    }
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
  static KajsonOpaque read(JsonValue value, const KajsonPath& path);
  static void write(KajsonWriter& writer, const KajsonOpaque& value, const KajsonPath& /*path*/) {
    writer.value(value.value());
  }
};

template <>
struct KajsonCodec<KajsonDate> {
  static KajsonDate read(JsonValue value, const KajsonPath& path) { return kajson_detail::read_date(value, path); }
  static void write(KajsonWriter& writer, const KajsonDate& value, const KajsonPath& path) {
    kajson_detail::write_date(writer, value, path);
  }
};

template <>
struct KajsonCodec<KajsonTime> {
  static KajsonTime read(JsonValue value, const KajsonPath& path) { return kajson_detail::read_time(value, path); }
  static void write(KajsonWriter& writer, const KajsonTime& value, const KajsonPath& path) {
    kajson_detail::write_time(writer, value, path);
  }
};

template <>
struct KajsonCodec<KajsonDateTime> {
  static KajsonDateTime read(JsonValue value, const KajsonPath& path) {
    return kajson_detail::read_date_time(value, path);
  }
  static void write(KajsonWriter& writer, const KajsonDateTime& value, const KajsonPath& path) {
    kajson_detail::write_date_time(writer, value, path);
  }
};

/// datetime.timedelta.
template <>
struct KajsonCodec<std::chrono::microseconds> {
  static std::chrono::microseconds read(JsonValue value, const KajsonPath& path) {
    return kajson_detail::read_timedelta(value, path);
  }
  static void write(KajsonWriter& writer, std::chrono::microseconds value, const KajsonPath& /*path*/) {
    kajson_detail::write_timedelta(writer, value);
  }
};

}  // namespace coffer
