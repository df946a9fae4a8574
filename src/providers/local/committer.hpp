#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include <coffer/async/runtime.hpp>
#include <coffer/async/task.hpp>
#include <coffer/base/error.hpp>

#include "async/signal.hpp"
#include "io_backends/io_backend.hpp"

namespace coffer {

/// Whether a store may still commit. The kernel reports a failed flush once, and what it concerned is unknown: after
/// one, nothing is acknowledged any more until the provider is opened again. Thread-safe.
class CommitHealth {
 public:
  /// Throws where a flush has failed.
  void check() const;
  void fail(const Error& why);

 private:
  mutable std::mutex mutex_;
  std::optional<Error> failed_;
};

/// Makes the names in one folder durable: one flush for all that wait. Thread-safe; shared.
class Committer : public std::enable_shared_from_this<Committer> {
 public:
  Committer(Runtime& runtime, std::shared_ptr<IoBackend> io, FilePtr folder, std::shared_ptr<CommitHealth> health);

  /// Returns when a flush that began after this call has ended. The flush runs on the Runtime's scope: a waiter that
  /// leaves does not stop it. Deaf to cancellation: the names are already there.
  Task<> co_commit();

 private:
  struct Round;
  static Task<> run(std::shared_ptr<Committer> self);
  std::shared_ptr<Round> next_round();

  Runtime& runtime_;
  const std::shared_ptr<IoBackend> io_;
  const FilePtr folder_;
  const std::shared_ptr<CommitHealth> health_;
  std::mutex mutex_;
  std::shared_ptr<Round> waiting_;  // Joined by who comes while a flush is running.
  bool running_ = false;
};

}  // namespace coffer
