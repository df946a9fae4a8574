#include "providers/local/committer.hpp"

#include <utility>

#include "async/task_scope.hpp"

namespace coffer {

void CommitHealth::check() const {
  const std::lock_guard lock(mutex_);
  if (!failed_) return;
  throw Error(
      ErrorKind::io,
      "an earlier commit to this store could not be flushed, so nothing more is acknowledged; look at the device "
      "(dmesg), then open the store again")
      .because(*failed_);
}

void CommitHealth::fail(const Error& why) {
  const std::lock_guard lock(mutex_);
  if (!failed_) failed_ = why;
}

/// One flush, and who waits for it.
struct Committer::Round {
  std::mutex mutex;
  bool done = false;
  std::optional<Error> failed;
  Signal finished;

  void finish(std::optional<Error> error) {
    {
      const std::lock_guard lock(mutex);
      done = true;
      failed = std::move(error);
    }
    finished.notify_all();
  }

  bool is_done() {
    const std::lock_guard lock(mutex);
    return done;
  }
};

Committer::Committer(Runtime& runtime, std::shared_ptr<IoBackend> io, FilePtr folder,
                     std::shared_ptr<CommitHealth> health)
    : runtime_(runtime), io_(std::move(io)), folder_(std::move(folder)), health_(std::move(health)) {}

Task<> Committer::co_commit() {
  std::shared_ptr<Round> round;
  bool begin = false;
  {
    const std::lock_guard lock(mutex_);
    if (!waiting_) waiting_ = std::make_shared<Round>();
    round = waiting_;
    begin = !std::exchange(running_, true);
  }
  if (begin) runtime_.scope().spawn(runtime_.executor(), run(shared_from_this()));

  for (;;) {
    const std::uint64_t seen = round->finished.epoch();
    if (round->is_done()) break;
    co_await round->finished.co_wait_shielded(seen);
  }
  if (round->failed) throw Error(*round->failed);
}

std::shared_ptr<Committer::Round> Committer::next_round() {
  const std::lock_guard lock(mutex_);
  if (!waiting_) running_ = false;
  return std::exchange(waiting_, nullptr);
}

Task<> Committer::run(std::shared_ptr<Committer> self) {
  while (const std::shared_ptr<Round> round = self->next_round()) {
    std::optional<Error> failed;
    try {
      self->health_->check();
      co_await self->io_->co_sync(self->folder_, false);
    } catch (...) {
      failed = to_error(std::current_exception());
      // Without descriptors for a ring nothing was synchronized, and nothing was lost.
      if (failed->kind() != ErrorKind::out_of_descriptors) self->health_->fail(*failed);
    }
    round->finish(std::move(failed));
  }
}

}  // namespace coffer
