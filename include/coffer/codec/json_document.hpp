#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <coffer/base/result.hpp>
#include <coffer/base/source_place.hpp>

namespace coffer {

class JsonValue;
struct JsonMemberNodes;

/// What a JSON document may be.
class JsonLimits {
 public:
  JsonLimits() = default;
  /// How deep lists and objects may lie in each other. Default and most: 1000, as CPython's json has it.
  JsonLimits& depth(std::size_t levels) & {
    depth_ = levels < most_depth ? levels : most_depth;
    return *this;
  }
  JsonLimits&& depth(std::size_t levels) && { return std::move(depth(levels)); }
  /// How long the text may be. Default: 1 GiB, most: 4 GiB less 64 bytes. The document holds the text and 16 bytes for
  /// each value and name.
  JsonLimits& bytes(std::uint64_t most) & {
    bytes_ = most < most_bytes ? most : most_bytes;
    return *this;
  }
  JsonLimits&& bytes(std::uint64_t most) && { return std::move(bytes(most)); }

  std::size_t depth() const noexcept { return depth_; }
  std::uint64_t bytes() const noexcept { return bytes_; }

  static constexpr std::size_t most_depth = 1000;
  static constexpr std::uint64_t most_bytes = 0xFFFF'FFC0;

 private:
  std::size_t depth_ = most_depth;
  std::uint64_t bytes_ = std::uint64_t{1} << 30U;
};

/// A JSON text that was read, with every value kept as it is written: big integers, -0.0 and 1e+22 lose nothing. It is
/// what CPython's json reads: RFC 8259, and beyond it NaN, Infinity and -Infinity, halves of surrogate pairs as \u
/// escapes, and names that an object has twice. Immutable, so shared by threads; values live as long as the document.
class JsonDocument {
 public:
  /// Error{invalid_argument} with line, column and the path of the value; Error{too_large}. A text with capacity for 64
  /// bytes more is not copied.
  static Result<JsonDocument> parse(std::string text, JsonLimits limits = {});

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  JsonValue root() const noexcept;
  /// The text as it was.
  std::string_view text() const noexcept;

  struct Tape;  ///< Not for users.

 private:
  explicit JsonDocument(std::unique_ptr<const Tape> tape);
  std::unique_ptr<const Tape> tape_;
};

/// A value in a JsonDocument, which must outlive it. Small: passed by value.
class JsonValue {
 public:
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
  struct Member;

  Kind kind() const noexcept;
  /// As it is written: a number's or a word's characters, a string with its quotes, an array or object whole.
  std::string_view raw() const noexcept;
  /// Of a string: what it says, in UTF-8; half of a surrogate pair as the three bytes that UTF-8 does not allow
  /// (WTF-8). Error{invalid_argument} for the other kinds, as with each call below that asks for a kind.
  Result<std::string> string() const;
  Result<bool> boolean() const;
  /// The nearest double; ±infinity where it is beyond. NaN and the infinities where they are written.
  Result<double> number() const;
  /// Error{invalid_argument} where it has a fraction or an exponent, or 64 bits do not hold it.
  Result<std::int64_t> integer() const;

  /// An array's values, in order.
  Result<std::vector<JsonValue>> elements() const;
  /// An object's members, in order: a name that stands there twice has its first place and its last value, as in
  /// Python.
  Result<std::vector<Member>> members() const;
  /// The same as it is written, names that stand there twice included.
  Result<std::vector<Member>> members_as_written() const;
  /// An object's value of this name, the last where there are several; nothing where there is none, and for the other
  /// kinds.
  std::optional<JsonValue> find(std::string_view name) const;

  /// Where it stands. Counts lines from the start: for messages.
  SourcePlace place() const;

 private:
  friend class JsonDocument;
  friend class JsonEmitter;
  friend class KajsonReader;
  JsonValue(const JsonDocument::Tape* tape, std::uint32_t node) noexcept : tape_(tape), node_(node) {}
  std::vector<Member> values_of(const std::vector<JsonMemberNodes>& nodes) const;

  const JsonDocument::Tape* tape_;
  std::uint32_t node_;
};

struct JsonValue::Member {
  JsonValue name;  ///< A string.
  JsonValue value;
};

/// "an object", "a string": for messages.
std::string_view to_string(JsonValue::Kind kind) noexcept;

}  // namespace coffer
