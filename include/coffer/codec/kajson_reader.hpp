#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>

#include <coffer/base/source_place.hpp>
#include <coffer/codec/json_document.hpp>

namespace coffer {

/// Reads a JSON text front to back, value by value, and takes and refuses what JsonDocument does. The caller asks for
/// kind() and then takes the value, with one of the calls that are for its kind or with skip(); a call for another kind
/// refuses the text. Of lists and objects, each next_element() or next_member() that is true comes before one value.
/// Errors are thrown: Error{invalid_argument} with line and column; nothing may be called after one. The text outlives
/// it.
class KajsonReader {
 public:
  /// When the values of an object's members are read.
  enum class Order : std::uint8_t {
    as_they_come,  ///< So that each is looked at, those too whose names come again.
    last_values,   ///< Once all names were seen, and of a name that is there twice only the last one.
  };

  explicit KajsonReader(std::string_view text, std::size_t depth = JsonLimits::most_depth) noexcept
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), most_depth_(depth) {}
  /// A part of a document, which outlives it. Places are those in the document.
  explicit KajsonReader(JsonValue value, Order order = Order::as_they_come);

  Order order() const noexcept { return order_; }

  /// Of the value that comes, by its first character.
  JsonValue::Kind kind();
  void null() { expect("null"); }
  bool boolean();
  /// A number's characters.
  std::string_view number();
  /// What a string says, as JsonValue::string().
  std::string string();
  /// Takes a string that is written as `text`, without escapes. False, and nothing is taken, for any other value.
  bool take_string(std::string_view text) noexcept;
  /// Passes over a value of any kind.
  void skip() { (void)raw(); }
  /// The same; as it is written.
  std::string_view raw();

  void begin_array() { begin('['); }
  /// False behind the last one, and the list is left.
  bool next_element() { return next(']'); }
  void begin_object() { begin('{'); }
  /// The same for an object's members.
  bool next_member();
  /// What the name says; until the next next_member() or take_member(), also of an object inside.
  std::string_view name() const noexcept { return name_; }
  /// The next member, if its name is written as `name`, without escapes. False, and nothing is taken, if not.
  bool take_member(std::string_view name) noexcept;

  /// Refuses a text that goes on.
  void end();

  /// A place in the text, before a value or behind one.
  class Mark {
   public:
    Mark() = default;
    explicit operator bool() const noexcept { return at_ != nullptr; }

   private:
    friend class KajsonReader;
    Mark(const char* at, std::size_t depth) noexcept : at_(at), depth_(depth) {}
    const char* at_ = nullptr;
    std::size_t depth_ = 0;
  };
  Mark mark() noexcept {
    skip_space();
    return {at_, depth_};
  }
  void go_to(const Mark& mark) noexcept {
    at_ = mark.at_;
    depth_ = mark.depth_;
    first_ = false;
  }
  /// Counts lines from the start: for messages.
  SourcePlace place(const Mark& mark) const;

 private:
  static bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  const char* behind_space(const char* at) const noexcept {
    while (at != end_ && is_space(*at)) ++at;
    return at;
  }
  void skip_space() noexcept { at_ = behind_space(at_); }
  /// Behind the text in quotes that may stand at `at`; nullptr where it does not.
  const char* behind_quoted(const char* at, std::string_view text) const noexcept {
    if (static_cast<std::size_t>(end_ - at) < text.size() + 2 || *at != '"') return nullptr;
    if (std::memcmp(at + 1, text.data(), text.size()) != 0 || at[text.size() + 1] != '"') return nullptr;
    return at + text.size() + 2;
  }
  bool is_next(char c) noexcept {
    skip_space();
    return at_ != end_ && *at_ == c;
  }
  void expect(char c) {
    if (!is_next(c)) fail();
    ++at_;
  }
  void expect(std::string_view word);
  void begin(char open);
  bool next(char close);
  /// Between a string's quotes, checked.
  std::string_view inside(bool& escaped);
  /// What a string says, without a copy where it has no escapes.
  std::string_view string(std::string& decoded);
  [[noreturn]] void fail() const;

  const char* begin_;
  const char* at_;
  const char* end_;
  std::size_t most_depth_;
  std::size_t depth_ = 0;
  Order order_ = Order::as_they_come;
  bool first_ = false;  // Nothing was taken yet of the list or object that was begun last.
  std::string_view name_;
  std::string decoded_name_;
  // The ends of lists and objects that were passed over: with last_values each is, once for each level above it.
  std::unordered_map<const char*, const char*> behind_;
};

inline JsonValue::Kind KajsonReader::kind() {
  skip_space();
  if (at_ == end_) fail();
  switch (*at_) {
    case '{':
      return JsonValue::Kind::object;
    case '[':
      return JsonValue::Kind::array;
    case '"':
      return JsonValue::Kind::string;
    case 't':
    case 'f':
      return JsonValue::Kind::boolean;
    case 'n':
      return JsonValue::Kind::null;
    default:
      return JsonValue::Kind::number;
  }
}

inline bool KajsonReader::take_string(std::string_view text) noexcept {
  const char* const behind = behind_quoted(behind_space(at_), text);
  if (behind == nullptr) return false;
  at_ = behind;
  return true;
}

inline bool KajsonReader::next(char close) {
  if (is_next(close)) {
    ++at_;
    --depth_;
    first_ = false;
    return false;
  }
  if (!first_) expect(',');
  first_ = false;
  return true;
}

inline bool KajsonReader::take_member(std::string_view name) noexcept {
  const char* at = behind_space(at_);
  if (!first_) {
    if (at == end_ || *at != ',') return false;
    at = behind_space(at + 1);
  }
  at = behind_quoted(at, name);
  if (at == nullptr) return false;
  at = behind_space(at);
  if (at == end_ || *at != ':') return false;
  at_ = at + 1;
  first_ = false;
  name_ = name;
  return true;
}

}  // namespace coffer
