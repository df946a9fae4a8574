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

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <coffer/codec/json_document.hpp>
#include <coffer/codec/kajson_path.hpp>
#include <coffer/codec/kajson_reader.hpp>
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
/// path where a value is none of T's. read() takes exactly one value, and may be called again for the same one.
template <class T>
struct KajsonCodec {
  static T read(KajsonReader& reader, const KajsonPath& path);
  static void write(KajsonWriter& writer, const T& value, const KajsonPath& path);
};

namespace kajson_detail {

// Scalars, tags, and what has them: compiled once.
std::string read_string(KajsonReader& reader, const KajsonPath& path);
bool read_boolean(KajsonReader& reader, const KajsonPath& path);
/// NaN and the infinities only where they are written so.
double read_number(KajsonReader& reader, const KajsonPath& path, double most = std::numeric_limits<double>::max());
std::int64_t read_integer(KajsonReader& reader, const KajsonPath& path, std::int64_t least, std::int64_t most);
std::uint64_t read_natural(KajsonReader& reader, const KajsonPath& path, std::uint64_t most);
void need_kind(KajsonReader& reader, JsonValue::Kind kind, const KajsonPath& path);

inline constexpr std::string_view class_tag = "__class__";
inline constexpr std::string_view module_tag = "__module__";
bool is_tag(std::string_view name) noexcept;

/// What an object says of its class.
struct ObjectTags {
  KajsonReader::Mark name;
  KajsonReader::Mark module;
  bool as_expected = true;  ///< Each that was taken; if not, the values are to be looked at.

  /// Takes the value of the reader's name() if it is a tag.
  bool take(KajsonReader& reader, std::string_view expected_name, std::string_view expected_module);
};
/// Refuses an object of another class; one without tags may be of any. The reader is behind the object.
void check_class(KajsonReader& reader, const ObjectTags& tags, const KajsonReader::Mark& object, std::string_view name,
                 std::string_view module, const KajsonPath& path);
[[noreturn]] void refuse_missing(const KajsonReader& reader, const KajsonReader::Mark& object, std::string_view name,
                                 const KajsonPath& path);
void write_string(KajsonWriter& writer, std::string_view text, const KajsonPath& path);
void write_name(KajsonWriter& writer, std::string_view name, const KajsonPath& path);
KajsonDate read_date(KajsonReader& reader, const KajsonPath& path);
KajsonTime read_time(KajsonReader& reader, const KajsonPath& path);
KajsonDateTime read_date_time(KajsonReader& reader, const KajsonPath& path);
std::chrono::microseconds read_timedelta(KajsonReader& reader, const KajsonPath& path);
void write_date(KajsonWriter& writer, const KajsonDate& date, const KajsonPath& path);
void write_time(KajsonWriter& writer, const KajsonTime& time, const KajsonPath& path);
void write_date_time(KajsonWriter& writer, const KajsonDateTime& time, const KajsonPath& path);
void write_timedelta(KajsonWriter& writer, std::chrono::microseconds time, const KajsonPath& path);

template <class Class>
concept NamesClass = requires {
  Class::name;
  Class::module;
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

/// The index of the member of this name; their count where there is none.
template <class Members>
std::size_t index_of(std::string_view name) {
  constexpr std::size_t count = boost::mp11::mp_size<Members>::value;
  std::size_t found = count;
  boost::mp11::mp_for_each<boost::mp11::mp_iota_c<count>>([&](auto index) {
    if (name == boost::mp11::mp_at_c<Members, index>::name) found = index;
  });
  return found;
}

/// Calls `take` with the index of each member whose value comes; others are passed over, as pydantic does.
template <class Members, class Class, class Take>
ObjectTags take_members(KajsonReader& reader, const Take& take) {
  constexpr std::size_t count = boost::mp11::mp_size<Members>::value;
  ObjectTags tags;
  reader.begin_object();
  // Mostly they come in the order in which the struct has them.
  boost::mp11::mp_for_each<boost::mp11::mp_iota_c<count>>([&](auto index) {
    if (reader.take_member(boost::mp11::mp_at_c<Members, index>::name)) take(index);
  });
  while (reader.next_member()) {
    if constexpr (count > 0) {
      const std::size_t index = index_of<Members>(reader.name());
      if (index < count) {
        boost::mp11::mp_with_index<count>(index, take);
        continue;
      }
    }
    if constexpr (NamesClass<Class>) {
      if (tags.take(reader, Class::name, Class::module)) continue;
    }
    reader.skip();
  }
  return tags;
}

template <class T, class Class>
T read_members(KajsonReader& reader, const KajsonPath& path) {
  need_kind(reader, JsonValue::Kind::object, path);
  const KajsonReader::Mark object = reader.mark();
  using Members = MembersOf<T>;
  using Indices = boost::mp11::mp_iota<boost::mp11::mp_size<Members>>;
  T result{};
  const auto read = [&](auto index) {
    using Member = boost::mp11::mp_at_c<Members, index>;
    auto& member = result.*Member::pointer;
    member = KajsonCodec<std::remove_cvref_t<decltype(member)>>::read(reader, path.member(Member::name));
  };
  const bool at_once = reader.order() == KajsonReader::Order::as_they_come;
  std::array<KajsonReader::Mark, boost::mp11::mp_size<Members>::value> values;
  const ObjectTags tags = take_members<Members, Class>(reader, [&](auto index) {
    values[index] = reader.mark();
    if (at_once) {
      read(index);
    } else {
      reader.skip();
    }
  });
  if constexpr (NamesClass<Class>) check_class(reader, tags, object, Class::name, Class::module, path);
  const KajsonReader::Mark behind = reader.mark();
  boost::mp11::mp_for_each<Indices>([&](auto index) {
    using Member = boost::mp11::mp_at_c<Members, index>;
    auto& member = result.*Member::pointer;
    if (values[index]) {
      if (at_once) return;
      reader.go_to(values[index]);
      read(index);
    } else if constexpr (is_optional<std::remove_cvref_t<decltype(member)>>) {
      member.reset();
    } else {
      refuse_missing(reader, object, Member::name, path);
    }
  });
  reader.go_to(behind);
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
  if constexpr (NamesClass<KajsonClass<T>>) writer.tags(KajsonClass<T>::name, KajsonClass<T>::module);
  writer.end_object();
}

template <class T>
std::string enum_value_text(T value) {
  return std::to_string(static_cast<std::underlying_type_t<T>>(value));
}

/// A value as it is written.
struct RawText {
  std::string text;
};

/// What Python writes of an Enum, but for its place in the order.
struct EnumText {
  // NOLINTBEGIN(readability-identifier-naming): as in Python.
  std::optional<std::string> _name_;
  std::optional<RawText> _value_;
  // NOLINTEND(readability-identifier-naming)
};
BOOST_DESCRIBE_STRUCT(EnumText, (), (_name_, _value_))

template <class T>
T read_enum(KajsonReader& reader, const KajsonPath& path) {
  need_kind(reader, JsonValue::Kind::object, path);
  const KajsonReader::Mark object = reader.mark();
  const auto text = read_members<EnumText, KajsonClass<T>>(reader, path);
  if (!text._name_ && !text._value_) refuse_missing(reader, object, "_name_", path);
  std::optional<T> found;
  std::string known;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto enumerator) {
    const bool is_it =
        text._name_ ? *text._name_ == enumerator.name : text._value_->text == enum_value_text(enumerator.value);
    if (is_it) found = enumerator.value;
    known += (known.empty() ? "" : ", ") + std::string(enumerator.name);
  });
  if (found) return *found;
  path.refuse(reader.place(object), "“" + (text._name_ ? *text._name_ : text._value_->text) + "” is none of " + known);
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
  if constexpr (NamesClass<KajsonClass<T>>) writer.tags(KajsonClass<T>::name, KajsonClass<T>::module);
  writer.end_object();
}

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
    std::size_t index = 0;
    for (const T& value : values) KajsonCodec<T>::write(writer, value, path.element(index++));
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
