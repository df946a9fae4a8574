#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <coffer/codec/kajson_class.hpp>
#include <coffer/codec/kajson_path.hpp>
#include <coffer/codec/kajson_reader.hpp>
#include <coffer/codec/kajson_writer.hpp>

namespace coffer {

template <class T>
struct KajsonCodec;

}  // namespace coffer

// How structs and enums that Boost.Describe knows are read and written: for KajsonCodec.
namespace coffer::kajson_detail {

void need_kind(KajsonReader& reader, JsonValue::Kind kind, const KajsonPath& path);

void write_string(KajsonWriter& writer, std::string_view text, const KajsonPath& path);
void write_name(KajsonWriter& writer, std::string_view name, const KajsonPath& path);

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

template <class Class>
concept NamesClass = requires {
  Class::name;
  Class::module;
};
template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;
template <class T>
concept BareEnum = std::is_enum_v<T> && requires { KajsonBareEnum<T>::is_text; };
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

template <class Member, class T>
void read_member(KajsonReader& reader, T& object, const KajsonPath& path) {
  auto& member = object.*Member::pointer;
  member = KajsonCodec<std::remove_cvref_t<decltype(member)>>::read(reader, path.member(Member::name));
}

/// A T from an object that is a Class, if Class is one and the object says what it is.
template <class T, class Class>
T read_members(KajsonReader& reader, const KajsonPath& path) {
  need_kind(reader, JsonValue::Kind::object, path);
  const KajsonReader::Mark object = reader.mark();
  const bool at_once = reader.order() == KajsonReader::Order::as_they_come;
  using Members = MembersOf<T>;
  constexpr std::size_t count = boost::mp11::mp_size<Members>::value;
  T result{};
  std::array<KajsonReader::Mark, count> values;
  const ObjectTags tags = take_members<Members, Class>(reader, [&](auto index) {
    values[index] = reader.mark();
    if (at_once) {
      read_member<boost::mp11::mp_at_c<Members, index>>(reader, result, path);
    } else {
      reader.skip();
    }
  });
  if constexpr (NamesClass<Class>) check_class(reader, tags, object, Class::name, Class::module, path);
  const KajsonReader::Mark behind = reader.mark();
  boost::mp11::mp_for_each<boost::mp11::mp_iota_c<count>>([&](auto index) {
    using Member = boost::mp11::mp_at_c<Members, index>;
    auto& member = result.*Member::pointer;
    if (!values[index]) {
      if constexpr (is_optional<std::remove_cvref_t<decltype(member)>>) {
        member.reset();
      } else {
        refuse_missing(reader, object, Member::name, path);
      }
    } else if (!at_once) {
      reader.go_to(values[index]);
      read_member<Member>(reader, result, path);
    }
  });
  reader.go_to(behind);
  return result;
}

/// Texts one behind the other, put together when they are compiled.
template <const std::string_view&... Texts>
struct Joined {
  static constexpr std::size_t size = (Texts.size() + ...);
  static constexpr std::array<char, size> characters = [] {
    std::array<char, size> all{};
    auto to = all.begin();
    ((to = std::copy(Texts.begin(), Texts.end(), to)), ...);
    return all;
  }();
  static constexpr std::string_view text{characters.data(), size};
};

inline constexpr std::string_view before_name = ", \"";
inline constexpr std::string_view behind_name = "\": ";
inline constexpr std::string_view before_text = "\": \"";
inline constexpr std::string_view behind_text = "\"";

template <class Member>
struct NameOf {
  static constexpr std::string_view name = Member::name;
};

template <class Member>
void write_name_of(KajsonWriter& writer, const KajsonPath& path) {
  if constexpr (is_plain_kajson(Member::name)) {
    writer.written_name(Joined<before_name, NameOf<Member>::name, behind_name>::text);
  } else {
    write_name(writer, Member::name, path);
  }
}

template <class Class>
void write_tags(KajsonWriter& writer) {
  writer.written_member(Joined<before_name, class_tag, before_text, Class::name, behind_text>::text);
  writer.written_member(Joined<before_name, module_tag, before_text, Class::module, behind_text>::text);
}

template <class T>
void write_members(KajsonWriter& writer, const T& value, const KajsonPath& path) {
  writer.begin_object();
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
    using Member = decltype(member);
    write_name_of<Member>(writer, path);
    const auto& inner = value.*Member::pointer;
    KajsonCodec<std::remove_cvref_t<decltype(inner)>>::write(writer, inner, path.member(Member::name));
  });
  if constexpr (NamesClass<KajsonClass<T>>) write_tags<KajsonClass<T>>(writer);
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
  if constexpr (NamesClass<KajsonClass<T>>) write_tags<KajsonClass<T>>(writer);
  writer.end_object();
}

/// Calls `take` with each value and the text that stands for it.
template <class T, class Take>
void for_each_text(const Take& take) {
  if constexpr (requires { KajsonBareEnum<T>::texts; }) {
    for (const auto& [value, text] : KajsonBareEnum<T>::texts) take(value, text);
  } else {
    static_assert(DescribedEnum<T>, "Kajson: describe this enum (BOOST_DESCRIBE_ENUM), or give its texts");
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
        [&](auto enumerator) { take(enumerator.value, std::string_view(enumerator.name)); });
  }
}

template <class T>
T read_text_enum(KajsonReader& reader, const KajsonPath& path) {
  need_kind(reader, JsonValue::Kind::string, path);
  const KajsonReader::Mark begin = reader.mark();
  const std::string said = reader.string();
  std::optional<T> found;
  std::string known;
  for_each_text<T>([&](T value, std::string_view text) {
    if (!found && said == text) found = value;
    known.append(known.empty() ? "" : ", ").append(text);
  });
  if (found) return *found;
  path.refuse(reader.place(begin), "“" + said + "” is none of " + known);
}

template <class T>
void write_text_enum(KajsonWriter& writer, T value, const KajsonPath& path) {
  std::optional<std::string_view> found;
  for_each_text<T>([&](T known, std::string_view text) {
    if (!found && value == known) found = text;
  });
  if (!found) path.refuse("a value that the enumeration has no text for");
  write_string(writer, *found, path);
}

/// Whether the enumeration has a name for it.
template <class T>
bool is_enumerator(T value) {
  static_assert(DescribedEnum<T>, "Kajson: describe this enum (BOOST_DESCRIBE_ENUM)");
  bool known = false;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
      [&](auto enumerator) { known = known || value == enumerator.value; });
  return known;
}

template <class T>
T read_number_enum(KajsonReader& reader, const KajsonPath& path) {
  need_kind(reader, JsonValue::Kind::number, path);
  const KajsonReader::Mark begin = reader.mark();
  const auto value = static_cast<T>(KajsonCodec<std::underlying_type_t<T>>::read(reader, path));
  if (is_enumerator(value)) return value;
  path.refuse(reader.place(begin), enum_value_text(value) + " is no value of the enumeration");
}

template <class T>
void write_number_enum(KajsonWriter& writer, T value, const KajsonPath& path) {
  if (!is_enumerator(value)) path.refuse("a value that the enumeration has no name for");
  KajsonCodec<std::underlying_type_t<T>>::write(writer, static_cast<std::underlying_type_t<T>>(value), path);
}

template <class T>
T read_bare_enum(KajsonReader& reader, const KajsonPath& path) {
  if constexpr (KajsonBareEnum<T>::is_text) {
    return read_text_enum<T>(reader, path);
  } else {
    return read_number_enum<T>(reader, path);
  }
}

template <class T>
void write_bare_enum(KajsonWriter& writer, T value, const KajsonPath& path) {
  if constexpr (KajsonBareEnum<T>::is_text) {
    write_text_enum(writer, value, path);
  } else {
    write_number_enum(writer, value, path);
  }
}

}  // namespace coffer::kajson_detail
