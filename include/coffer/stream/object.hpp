#pragma once

#include <memory>
#include <vector>

#include <coffer/async/task.hpp>
#include <coffer/base/byte_range.hpp>
#include <coffer/base/chunk.hpp>
#include <coffer/base/object_info.hpp>

namespace coffer {

/// Random access on one open object: all reads see the object as it was when it was opened. One outstanding call; from
/// any thread between calls. The Storage outlives it. Calls throw Error; Error{range_not_satisfiable} for a range that
/// starts at or past the end.
class Object {
 public:
  Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual ~Object() = default;

  virtual const ObjectInfo& info() const = 0;
  /// The bytes of the range as a Chunk of pool memory, cut at the object's end and at 4 MiB; the caller asks again for
  /// more.
  virtual Task<Chunk> co_read_at(ByteRange range) = 0;
  /// One Chunk a range, in the order asked for; ranges near each other are read together, all in one batch. Each range
  /// is cut like in co_read_at; one that cannot be satisfied fails the call.
  virtual Task<std::vector<Chunk>> co_read_ranges(std::vector<ByteRange> ranges) = 0;
};

using ObjectPtr = std::unique_ptr<Object>;

}  // namespace coffer
