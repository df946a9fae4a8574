#include "async/helper_threads.hpp"

#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace coffer {

namespace {

/// A program's signals are for its own threads.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

struct HelperThreads::State : std::enable_shared_from_this<HelperThreads::State> {
  std::mutex mutex;
  std::condition_variable work;
  std::deque<std::function<void()>> jobs;
  std::vector<std::thread> threads;
  std::size_t most = 1;
  std::size_t idle = 0;
  bool stopping = false;

  /// Starts a thread where one more is wanted. Those that are there do the work where the system has none to give.
  void grow() {
    if (jobs.size() <= idle || threads.size() >= most) return;
    const SignalsBlocked while_starting;
    try {
      threads.emplace_back([state = shared_from_this()] { state->serve(); });
    } catch (const std::system_error&) {
      return;
    }
  }

  void serve() {
    std::unique_lock lock(mutex);
    for (;;) {
      ++idle;
      work.wait(lock, [this] { return stopping || !jobs.empty(); });
      --idle;
      if (jobs.empty()) return;
      auto job = std::move(jobs.front());
      jobs.pop_front();
      lock.unlock();
      job();
      job = nullptr;
      lock.lock();
    }
  }
};

HelperThreads::HelperThreads(std::size_t most) : state_(std::make_shared<State>()) { state_->most = most; }

HelperThreads::~HelperThreads() { stop(); }

void HelperThreads::post(std::function<void()> job) {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->stopping) {
      state_->jobs.push_back(std::move(job));
      state_->grow();
      if (!state_->threads.empty()) {
        state_->work.notify_one();
        return;
      }
      job = std::move(state_->jobs.back());
      state_->jobs.pop_back();
    }
  }
  job();
}

void HelperThreads::stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    threads.swap(state_->threads);
    state_->work.notify_all();
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace coffer
