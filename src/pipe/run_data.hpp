#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <coffer/storage/live_object.hpp>
#include <coffer/storage/storage.hpp>

#include "async/signal.hpp"

namespace coffer {

/// What is known of an object as if it had been stored now.
Stored stored_of(const ObjectInfo& info);

/// The object of one name of a pipeline, from before it is written until after its commit. Thread-safe.
class RunData {
 public:
  /// Written by the run. `live` has no writer yet. A content of fewer bytes than `inline_below` may stay in memory.
  RunData(Storage& storage, std::string name, LiveObjectPtr live, std::string content_type,
          std::uint64_t inline_below = 0);
  /// Written by the run, and read only when it is committed.
  RunData(Storage& storage, std::string name, Uri uri, WriteOptions options);
  /// There before the run.
  RunData(Storage& storage, std::string name, const ObjectInfo& info, std::string content_type);
  /// What an earlier attempt at the run had made. `content` where that stays in memory.
  RunData(Storage& storage, std::string name, Stored stored, std::optional<std::string> content = std::nullopt);

  const std::string& name() const noexcept { return name_; }
  /// There is no object there where the content stays in memory.
  const Uri& uri() const noexcept { return uri_; }
  /// Empty where unknown.
  const std::string& content_type() const noexcept { return content_type_; }
  /// The true size, where it is known now.
  std::optional<std::uint64_t> size() const;
  /// What the run committed, or found.
  std::optional<Stored> stored() const;
  /// Whether its writer failed.
  bool has_failed() const;
  bool is_written_here() const noexcept { return live_ != nullptr || late_.has_value(); }
  /// Whether a content of this size may stay in memory.
  bool takes_inline(std::uint64_t size) const noexcept { return size < inline_below_; }
  bool is_inline() const;
  /// Null unless the content stays in memory.
  std::shared_ptr<const std::string> inline_content() const;

  /// What is being written while it is; from the store once it is committed. Where it may stay in memory, it waits for
  /// its writer to begin; where it is not read before, for the commit.
  Task<SourcePtr> co_open(ReadOptions options);
  /// Somebody has called co_open().
  bool was_opened() const;
  Task<SinkPtr> co_writer();
  /// All of it, in the place of a writer. Returns what is for set_stored(), which lets readers have it; it has no URI.
  /// `etag` tells it from what another attempt makes; may be empty.
  Stored set_inline(std::string content, std::string etag);
  /// Of a sink that committed.
  void set_stored(const Stored& stored);
  /// Returns when set_stored has been called; throws what failed its writer.
  Task<> co_committed();
  /// Whether its writer is written down as finished, in a run with a journal; or never will be, as it has failed.
  void set_recorded(bool done);
  /// Returns when its writer is written down, or was before the run; Error{writer_failed} where it never will be.
  Task<> co_recorded();
  /// The file that holds it, once it is committed.
  std::optional<std::filesystem::path> local_path() const;

 private:
  bool begins_late() const noexcept { return inline_below_ > 0 || late_; }
  void begin();
  Task<> co_begun();

  Storage& storage_;
  const std::string name_;
  const Uri uri_;
  const LiveObjectPtr live_;
  const std::optional<WriteOptions> late_;
  const std::string content_type_;
  const std::uint64_t inline_below_ = 0;
  mutable std::mutex mutex_;
  bool opened_ = false;
  bool begun_ = false;  // It has a writer, or all of it is there.
  std::shared_ptr<const std::string> inline_;
  std::optional<Stored> stored_;
  std::optional<bool> recorded_;
  Signal changed_;
};

}  // namespace coffer
