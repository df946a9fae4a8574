#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <coffer/async/buffer_pool.hpp>
#include <coffer/base/byte_range.hpp>
#include <coffer/base/object_info.hpp>

#include "async/signal.hpp"

namespace coffer {

/// What was read ahead of one object, without gaps from where it begins. Thread-safe; shared.
class NearPart {
 public:
  NearPart(std::string etag, Extent extent) : etag_(std::move(etag)), begin_(extent.offset), end_(extent.end()) {}

  const std::string& etag() const noexcept { return etag_; }
  std::uint64_t begin() const noexcept { return begin_; }
  /// Where what was asked for ends.
  std::uint64_t end() const noexcept { return end_; }

  struct View {
    Chunk chunk;             ///< From the offset on; empty where it is not here.
    bool is_coming = false;  ///< It is the next that is read ahead.
    std::uint64_t epoch = 0;
  };
  View look(std::uint64_t offset) const;
  Signal& changed() noexcept { return changed_; }
  /// Of the part's beginning, so much is here.
  std::uint64_t bytes() const;

 private:
  friend class NearMemory;
  struct Piece {
    Chunk chunk;
    std::size_t held = 0;  ///< By the chunk: its whole buffer.
  };

  /// Lets pieces go from the end until `bytes` are given back. What is given back.
  std::size_t give_up(std::size_t bytes);

  const std::string etag_;
  const std::uint64_t begin_;
  const std::uint64_t end_;
  Signal changed_;
  mutable std::mutex mutex_;
  bool filling_ = true;
  std::uint64_t filled_to_ = begin_;
  std::deque<Piece> pieces_;
  std::size_t held_ = 0;
  // Guarded by the NearMemory's mutex.
  bool was_read_ = false;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t last_use_ = 0;
};

/// All that was read ahead into memory: buffers of the pool, up to a limit, given back as soon as a stream needs them,
/// whether to go on or only to go faster. Thread-safe.
class NearMemory final : public Evictable {
 public:
  explicit NearMemory(std::size_t limit) : limit_(limit) {}

  std::size_t limit() const noexcept { return limit_; }
  /// Null where nothing of the object is here, nor coming.
  std::shared_ptr<NearPart> find(const Uri& uri) const;
  /// Bytes that a new part may take: what is not held by parts that nobody has read.
  std::size_t room() const;
  /// A new part in place of the one there. Null where the object is being read ahead.
  std::shared_ptr<NearPart> begin(const ObjectInfo& info, Extent extent);
  /// Adds to a part. False where there is no room for it, or the part was given up: then it gets no more.
  bool append(NearPart& part, Chunk chunk);
  /// Nothing more comes.
  static void end(NearPart& part) noexcept;
  /// Somebody has read so many bytes of it. Once as many are read as it has, it goes first.
  void was_read(NearPart& part, std::uint64_t bytes);
  void drop(const Uri& uri);
  std::size_t held() const;

  void evict(std::size_t bytes) noexcept override;

 private:
  std::size_t held_by_all() const;
  using Parts = std::map<Uri, std::shared_ptr<NearPart>>;
  /// The part to be given up next; the end where there is none.
  Parts::iterator first_to_go(bool only_read);

  const std::size_t limit_;
  mutable std::mutex mutex_;
  Parts parts_;
  std::uint64_t uses_ = 0;
};

}  // namespace coffer
