#include "async/reaper.hpp"

#include <mutex>
#include <utility>
#include <vector>

#include <coffer/async/with_deadline.hpp>
#include <unistd.h>

#include "async/helper_threads.hpp"
#include "async/signal.hpp"

namespace coffer {

struct Reaper::State {
  std::shared_ptr<HelperThreads> helpers;
  std::mutex mutex;
  std::vector<int> descriptors;
  std::size_t jobs = 0;
  bool closing = false;  // A job is on its way that empties `descriptors`.
  Signal finished;

  static Task<> co_until_empty(std::shared_ptr<State> state) {
    for (;;) {
      const std::uint64_t seen = state->finished.epoch();
      {
        const std::lock_guard lock(state->mutex);
        if (state->jobs == 0) co_return;
      }
      co_await state->finished.co_wait(seen);
    }
  }

  void job_is_done() {
    const std::lock_guard lock(mutex);
    if (--jobs == 0) finished.notify_all();
  }

  void close_all() {
    for (;;) {
      std::vector<int> batch;
      {
        const std::lock_guard lock(mutex);
        batch.swap(descriptors);
        if (batch.empty()) {
          closing = false;
          return;
        }
      }
      for (const int descriptor : batch) ::close(descriptor);
    }
  }
};

Reaper::Reaper(std::shared_ptr<HelperThreads> helpers) : state_(std::make_shared<State>()) {
  state_->helpers = std::move(helpers);
}

Reaper::~Reaper() = default;

void Reaper::close_descriptor(int descriptor) noexcept {
  {
    const std::lock_guard lock(state_->mutex);
    state_->descriptors.push_back(descriptor);
    if (std::exchange(state_->closing, true)) return;
  }
  take([state = state_.get()] { state->close_all(); });
}

void Reaper::take(std::function<void()> clean_up) noexcept {
  {
    const std::lock_guard lock(state_->mutex);
    ++state_->jobs;
  }
  state_->helpers->post([state = state_, clean_up = std::move(clean_up)] {
    clean_up();
    state->job_is_done();
  });
}

Task<bool> Reaper::co_drain(std::chrono::nanoseconds deadline) {
  const std::shared_ptr<State> state = state_;
  try {
    co_await with_deadline(State::co_until_empty(state), deadline);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::timed_out) throw;
    co_return false;
  }
  co_return true;
}

}  // namespace coffer
