#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <coffer/storage/storage.hpp>

namespace coffer {

/// When readers of a live object see its end.
enum class ReadersEnd : std::uint8_t {
  at_commit,  ///< Once it is committed: what they have read is stored.
  at_end,     ///< Once its writer has written all of it and commits. Who must know that it is stored awaits
              ///< co_committed().
};

/// An object that is being written and may be read at the same time, by any number of readers at any pace. Writer and
/// readers never wait for each other's pace: a reader that falls behind reads the writer's own file, or scratch where
/// the store cannot be read before a commit; to such a store the bytes go behind the writer's back (co_write_behind).
/// Readers see the end as ReadersEnd says; where the writer fails or leaves before, they get Error{writer_failed},
/// never a short object. Thread-safe; shared.
class LiveObject : public std::enable_shared_from_this<LiveObject> {
 public:
  enum class State : std::uint8_t { waiting, writing, committed, failed };

  /// An object at `uri` whose writer comes later; readers may attach at once. Error{unsupported} where the store cannot
  /// be read before a commit and the Storage has no Scratch.
  static std::shared_ptr<LiveObject> make(Storage& storage, Uri uri, WriteOptions options = {},
                                          ReadersEnd readers_end = ReadersEnd::at_commit);
  virtual ~LiveObject() = default;

  /// The one writer. Throws Error{conflict} where there was one already. Its co_commit commits the object for the
  /// readers; dropping it without a commit fails them.
  virtual Task<SinkPtr> co_writer() = 0;
  /// A reader from the start, or of a range: bounded and open-ended ranges wait for bytes not yet written; the last n
  /// bytes wait for the commit, unless the final size was given in the options. `if_etag` is Error{invalid_argument}:
  /// there is no etag before the commit. The bytes are the writer's own; nothing is verified.
  virtual Task<SourcePtr> co_open(ReadOptions options = {}) = 0;
  /// Fails the object before or without a writer: the pipe that should have written it ended.
  virtual void fail(Error why) = 0;

  virtual const Uri& uri() const noexcept = 0;
  virtual State state() const noexcept = 0;
  /// Bytes that readers can see.
  virtual std::uint64_t written_to() const noexcept = 0;
  /// The size, where it is known before the end (given in the options) or after it.
  virtual std::optional<std::uint64_t> size() const noexcept = 0;
  /// Returns when the object is committed; throws what failed it.
  virtual Task<Stored> co_committed() = 0;
};

using LiveObjectPtr = std::shared_ptr<LiveObject>;

}  // namespace coffer
