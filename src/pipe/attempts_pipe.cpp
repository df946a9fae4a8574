#include <chrono>
#include <exception>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/base/duration_text.hpp>

#include "async/task_group.hpp"
#include "async/together.hpp"
#include "pipe/retry_plan.hpp"
#include "pipe/run_job.hpp"

namespace coffer {

namespace asio = boost::asio;

namespace {

Task<> co_pass(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::deferred);
}

Task<> co_time_out(std::chrono::milliseconds limit) {
  co_await co_pass(limit);
  throw Error(ErrorKind::timed_out, "it took longer than " + duration_text(limit));
}

/// While one of these lives, the pipe waits to run again.
class RetryPause {
 public:
  explicit RetryPause(ActivityClock* clock) : clock_(clock) {
    if (clock_ != nullptr) clock_->wait_begins(PipeWait::retry);
  }
  RetryPause(const RetryPause&) = delete;
  RetryPause& operator=(const RetryPause&) = delete;
  ~RetryPause() {
    if (clock_ != nullptr) clock_->wait_ends(PipeWait::retry);
  }

 private:
  ActivityClock* const clock_;
};

/// From 0 to 1: what failed together does not come back together.
double random_share() {
  std::random_device device;
  return std::uniform_real_distribution<double>(0, 1)(device);
}

/// A pipe, or an element of a batch, that is run until it ends well, as often and as long as it may.
class AttemptsPipe final : public PipeJob {
 public:
  AttemptsPipe(RunContext& run, PipeScope scope) : PipeJob(run, std::move(scope)) {}

  Task<> co_work() override {
    while (!co_await co_attempt()) {
      const std::optional<std::chrono::milliseconds> wait =
          wait_before_retry(spec().retry(), failures_.size(), failures_.back(), random_share());
      if (!wait || follows_another()) throw Error(failures_.back());
      const RetryPause pause(activity());
      // Not on this coroutine: cancelling it must not cut the cleaning short.
      const asio::any_io_executor executor = co_await asio::this_coro::executor;
      cleaning_.spawn(executor, co_clean(std::move(attempt_)));
      co_await cleaning_.co_empty();
      warn(*wait);
      co_await co_pass(*wait);
    }
    publish();
  }

  Task<> co_tidy() override {
    co_await cleaning_.co_empty();
    if (attempt_) co_await attempt_->co_tidy();
  }

  Error failure(Error cause) const override {
    if (!attempt_) return PipeJob::failure(std::move(cause));
    Error last = attempt_->failure(std::move(cause));
    if (failures_.size() < 2 || last.kind() == ErrorKind::cancelled) return last;
    std::string message = last.message();
    if (last.cause() != nullptr) message += ": " + last.cause()->message();
    message += "; it was tried " + std::to_string(failures_.size()) + " times, before:";
    for (std::size_t i = 0; i + 1 < failures_.size(); ++i) message += (i == 0 ? " " : "; ") + failures_[i].message();
    Error error(last.kind(), std::move(message));
    if (last.cause() != nullptr) error = std::move(error).because(*last.cause());
    if (!last.server_text().empty()) error = std::move(error).server_said(last.server_text());
    return error;
  }

 private:
  /// False where it failed.
  Task<bool> co_attempt() {
    attempt_ = make_attempt(run(), scope());
    std::exception_ptr thrown;
    try {
      const asio::any_io_executor executor = co_await asio::this_coro::executor;
      // Not on this coroutine: what shields itself to clean up must not forget that all of this was cancelled.
      Task<> limit = spec().timeout() ? co_time_out(*spec().timeout()) : co_for_ever();
      co_await co_until_first(executor, attempt_->co_work(), std::move(limit));
      co_return true;
    } catch (...) {
      thrown = std::current_exception();
    }
    failures_.push_back(to_error(thrown));
    co_return false;
  }

  static Task<> co_clean(std::unique_ptr<PipeJob> failed) { co_await failed->co_tidy(); }

  void warn(std::chrono::milliseconds wait) {
    run().news.tell([&](RunObserver& observer) {
      observer.warned(failed_words() + ": " + failures_.back().message() + "; attempt " +
                      std::to_string(failures_.size() + 1) + " of " + std::to_string(spec().retry().attempts) + " in " +
                      duration_text(wait));
    });
  }

  /// What an attempt has committed is everybody's only now: a failed one may be replaced.
  void publish() {
    if (scope().element() || scope().is_seen()) return;
    for (const Output& output : outputs()) {
      if (output.is_list) run().lists[output.position]->complete();
      const Stored stored = output.data->stored().value();
      const std::chrono::nanoseconds now = run().news.now();
      tally()->gave_output(now);
      run().news.tell([&](RunObserver& observer) {
        observer.first_byte(output.data->name(), now);
        observer.committed(output.data->name(), stored, now);
      });
      run().board->committed(output.position);
    }
  }

  std::unique_ptr<PipeJob> attempt_;
  std::vector<Error> failures_;
  TaskGroup cleaning_;
};

}  // namespace

std::unique_ptr<PipeJob> make_attempts(RunContext& run, PipeScope scope) {
  const PipeSpec& spec = run.pipeline.pipes()[scope.pipe()];
  if (spec.retry().attempts == 1 && !spec.timeout()) return make_attempt(run, std::move(scope));
  return std::make_unique<AttemptsPipe>(run, std::move(scope));
}

}  // namespace coffer
