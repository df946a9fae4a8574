#pragma once

#include <cstdint>
#include <string_view>

namespace coffer {

/// What a unit of I/O did, for counters and timelines.
enum class IoKind : std::uint8_t { read, write, sync, name };

/// Is told what happens inside; silent by default. Called from any of Coffer's threads, often, with locks of Coffer's
/// held: an implementation returns at once, never throws and never calls back. It outlives the Runtime it is given to.
class Observer {
 public:
  virtual ~Observer() = default;
  /// An operation of a storage device began / ended; `bytes` is what it moved. Every begin has its end.
  virtual void io_begins(IoKind) noexcept {}
  virtual void io_ends(IoKind, std::uint64_t /*bytes*/) noexcept {}
  /// One line for people, once per cause: what does not work as it could, and the cure.
  virtual void warn(std::string_view /*line*/) noexcept {}
};

}  // namespace coffer
