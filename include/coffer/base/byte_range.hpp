#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <coffer/base/result.hpp>

namespace coffer {

/// Where a range lies in an object whose size is known: bytes [offset, offset + length).
struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t end() const noexcept { return offset + length; }
  friend bool operator==(const Extent&, const Extent&) = default;
};

/// Part of an object, before its size is known: all of it, from an offset on, `length` bytes from an offset, or the
/// last n.
class ByteRange {
 public:
  /// The whole object; also of an empty one.
  ByteRange() = default;
  static ByteRange whole() { return {}; }
  static ByteRange from(std::uint64_t offset);
  static ByteRange of(std::uint64_t offset, std::uint64_t length);
  /// The last `length` bytes; all where the object is shorter.
  static ByteRange last(std::uint64_t length);
  /// HTTP's and the CLI's form: "0-99" (both included), "100-", "-50".
  [[nodiscard]] static Result<ByteRange> parse(std::string_view text);

  bool is_whole() const noexcept { return kind_ == Kind::whole; }
  bool is_suffix() const noexcept { return kind_ == Kind::suffix; }
  /// The first byte; nothing for a suffix, whose place depends on the size.
  std::optional<std::uint64_t> offset() const noexcept;
  /// Bytes wanted; nothing where it goes to the end.
  std::optional<std::uint64_t> length() const noexcept;

  /// Cut at the end of an object of `size` bytes. Error{range_not_satisfiable} where it starts at or past the end (a
  /// whole range never does; a suffix does only of an empty object) or asks for no bytes.
  [[nodiscard]] Result<Extent> within(std::uint64_t size) const;

  /// "bytes 0-99", "whole": for messages.
  std::string text() const;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;

 private:
  enum class Kind : std::uint8_t { whole, from, bounded, suffix };
  Kind kind_ = Kind::whole;
  std::uint64_t first_ = 0;
  std::uint64_t length_ = 0;
};

}  // namespace coffer
