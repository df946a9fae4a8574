#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <coffer/async/task.hpp>
#include <coffer/base/object_info.hpp>
#include <coffer/storage/lister.hpp>
#include <coffer/storage/options.hpp>
#include <coffer/stream/byte_sink.hpp>
#include <coffer/stream/byte_source.hpp>
#include <coffer/stream/object.hpp>

namespace coffer {

class Runtime;

/// How far away the bytes of a store are, and so what is won by reading them ahead (Storage::co_prefetch).
enum class Distance : std::uint8_t {
  memory,   ///< In this process: nothing is won.
  disk,     ///< On a disk of this machine: they are read ahead into memory, and never copied to another disk.
  network,  ///< Elsewhere.
};

/// What a store can do beyond the contract; the contract suite asks only for what is claimed.
struct Capabilities {
  bool writable = true;
  bool conditional = true;          ///< if_absent and if_etag; without it they are Error{unsupported}.
  bool metadata = true;             ///< Keeps content type and user metadata.
  bool checksums = true;            ///< Keeps a CRC-32C and verifies it on a full read.
  bool name_beside_prefix = true;   ///< `a` and `a/b` may both exist (not in a folder of files).
  bool read_before_commit = false;  ///< Sinks have a readback().
  Distance distance = Distance::network;
  bool follow = false;  ///< Takes WriteOptions().live(), and has co_follow for other processes.
};

/// A store of objects by key. Implementations are thread-safe; keys are decoded text, never empty, never normalised.
/// A provider implements the six pure virtual calls; the others have definitions on top of them that may be overridden
/// where the store can do better. Every promise is tested by the installed contract suite (coffer::conformance).
class StorageProvider {
 public:
  /// `root` is where its keys live: an object's URI is `root.join(key)`.
  StorageProvider(Runtime& runtime, Uri root);
  StorageProvider(const StorageProvider&) = delete;
  StorageProvider& operator=(const StorageProvider&) = delete;
  virtual ~StorageProvider() = default;

  const Uri& root() const noexcept { return root_; }
  Uri uri_of(const std::string& key) const { return root_.join(key); }

  virtual Capabilities capabilities() const = 0;
  /// Nothing where there is no such object.
  virtual Task<std::optional<ObjectInfo>> co_head(std::string key) = 0;
  /// Error{not_found}, Error{range_not_satisfiable}, Error{precondition_failed}.
  virtual Task<SourcePtr> co_open(std::string key, ReadOptions options) = 0;
  /// Nothing is visible before the sink's commit; the object there before stays readable until then, and for readers
  /// that have it open also after it.
  virtual Task<SinkPtr> co_create(std::string key, WriteOptions options) = 0;
  /// Names that begin with `prefix`, in byte order.
  virtual Task<ListerPtr> co_list(std::string prefix, ListOptions options) = 0;
  /// Idempotent: removing what is not there succeeds (with `if_etag` it is Error{precondition_failed}), and ends what a
  /// removal that was killed has left, as an empty folder.
  virtual Task<> co_remove(std::string key, RemoveOptions options) = 0;

  /// On top of co_open: each read opens the range again, on condition of the etag. Error{invalid_argument} where the
  /// options have a range: each read names its own.
  virtual Task<ObjectPtr> co_object(std::string key, ReadOptions options);
  /// On top of co_open and co_create. Content type and metadata come along unless the options name their own.
  virtual Task<Stored> co_copy(std::string from, std::string to, WriteOptions options);

  /// Reads an object that somebody else is still writing with WriteOptions().live(), perhaps in another process: every
  /// byte from the start, and the end only after the commit. Returns once somebody writes it, or at once where the
  /// object is there and nobody does: then it is read as by co_open. A writer that fails, leaves without a commit or is
  /// killed makes the source throw Error{writer_failed}. Error{unsupported} unless the capabilities say `follow`.
  virtual Task<SourcePtr> co_follow(std::string key, FollowOptions options);

  /// The file that holds the object, for programs that read it by its path; nothing where there is none of its own.
  /// Does not look whether it is there.
  virtual std::optional<std::filesystem::path> local_path(const std::string& key) const;

  /// The whole object as a string, at most `options.max_bytes()`.
  Task<std::string> co_load(std::string key, ReadOptions options = {});
  Task<Stored> co_store(std::string key, std::string bytes, WriteOptions options = {});
  /// The content type is the source's where the options name none.
  Task<Stored> co_store(std::string key, SourcePtr source, WriteOptions options = {});

 protected:
  /// For overrides of co_object.
  void refuse_range(const std::string& key, const ReadOptions& options) const;

  Runtime& runtime() const noexcept { return runtime_; }

 private:
  Runtime& runtime_;
  Uri root_;
};

using ProviderPtr = std::shared_ptr<StorageProvider>;

}  // namespace coffer
