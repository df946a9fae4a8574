#include "subject.hpp"

#include <chrono>
#include <exception>
#include <future>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <gtest/gtest.h>

namespace coffer::conformance {

namespace asio = boost::asio;

namespace {

std::future<void> spawn(const asio::any_io_executor& executor, Task<> task) {
  auto promise = std::make_shared<std::promise<void>>();
  std::future<void> ended = promise->get_future();
  asio::co_spawn(executor, std::move(task), [promise](std::exception_ptr error) {
    if (error) {
      promise->set_exception(std::move(error));
    } else {
      promise->set_value();
    }
  });
  return ended;
}

Task<> co_close(Runtime& runtime, bool& closed) { closed = co_await runtime.co_close(std::chrono::minutes(1)); }

}  // namespace

const char* to_string(LoopKind kind) {
  switch (kind) {
    case LoopKind::own_thread:
      return "own_thread";
    case LoopKind::two_own_threads:
      return "two_own_threads";
    case LoopKind::attached_to_one_thread:
      return "attached_to_one_thread";
    case LoopKind::attached_to_three_threads:
      return "attached_to_three_threads";
  }
  return "";
}

Subject::Subject(const MakerFactory& factory, LoopKind kind, std::size_t budget) : maker_(factory()) {
  RuntimeConfig config;
  config.budget(budget);
  switch (kind) {
    case LoopKind::own_thread:
    case LoopKind::two_own_threads:
      config.threads(kind == LoopKind::own_thread ? 1 : 2);
      runtime_.emplace(std::move(config));
      break;
    case LoopKind::attached_to_one_thread:
    case LoopKind::attached_to_three_threads:
      loop_ = std::make_unique<asio::io_context>();
      runtime_.emplace(*loop_, std::move(config));
      start_loop(kind == LoopKind::attached_to_one_thread ? 1 : 3);
      break;
  }
  store_ = maker_->make(*runtime_);
}

Subject::~Subject() {
  store_.reset();
  if (loop_) loop_->stop();
  for (std::thread& thread : threads_) thread.join();
  work_.reset();
  loop_.reset();  // With whatever is left in it, before the Runtime.
}

void Subject::start_loop(std::size_t threads) {
  work_.emplace(loop_->get_executor());
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { loop_->run(); });
  }
}

void Subject::run(Task<> task) { spawn(runtime_->executor(), std::move(task)).get(); }

void Subject::run_on_strand(Task<> task) { spawn(asio::make_strand(runtime_->executor()), std::move(task)).get(); }

void Subject::run_all(std::vector<Task<>> tasks) {
  std::vector<std::future<void>> all;
  all.reserve(tasks.size());
  for (Task<>& task : tasks) all.push_back(spawn(runtime_->executor(), std::move(task)));
  // What the tasks use is the caller's: every one has to end before the first error leaves.
  for (const std::future<void>& ended : all) ended.wait();
  for (std::future<void>& ended : all) ended.get();
}

void Subject::finish() {
  bool closed = false;
  run(co_close(*runtime_, closed));
  EXPECT_TRUE(closed) << "a minute after its last use, the store was still busy cleaning up";
  store_.reset();
  const PoolUse use = runtime_->pool().use();
  EXPECT_EQ(use.granted, 0U) << "buffers of the pool were not given back";
  EXPECT_EQ(use.streams, 0U) << "shares of the budget were not closed";
}

}  // namespace coffer::conformance
