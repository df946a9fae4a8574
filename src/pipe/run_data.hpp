#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include <coffer/storage/live_object.hpp>
#include <coffer/storage/storage.hpp>

#include "async/signal.hpp"

namespace coffer {

/// The object of one name of a pipeline, from before it is written until after its commit. Thread-safe.
class RunData {
 public:
  /// Written by the run. `live` has no writer yet.
  RunData(Storage& storage, std::string name, LiveObjectPtr live, std::string content_type);
  /// There before the run.
  RunData(Storage& storage, std::string name, const ObjectInfo& info, std::string content_type);

  const std::string& name() const noexcept { return name_; }
  const Uri& uri() const noexcept { return uri_; }
  /// Empty where unknown.
  const std::string& content_type() const noexcept { return content_type_; }
  /// The true size, where it is known now.
  std::optional<std::uint64_t> size() const;
  /// What the run committed, or found.
  std::optional<Stored> stored() const;
  /// Whether its writer failed.
  bool has_failed() const;
  bool is_written_here() const noexcept { return live_ != nullptr; }

  /// What is being written while it is; from the store once it is committed.
  Task<SourcePtr> co_open(ReadOptions options);
  Task<SinkPtr> co_writer();
  /// Of a sink that committed.
  void set_stored(const Stored& stored);
  /// Returns when set_stored has been called; throws what failed its writer.
  Task<> co_committed();
  /// The file that holds it, once it is committed.
  std::optional<std::filesystem::path> local_path() const;

 private:
  Storage& storage_;
  const std::string name_;
  const Uri uri_;
  const LiveObjectPtr live_;
  const std::string content_type_;
  mutable std::mutex mutex_;
  std::optional<Stored> stored_;
  Signal changed_;
};

}  // namespace coffer
