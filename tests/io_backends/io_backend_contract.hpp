#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>
#include <coffer/async/runtime.hpp>
#include <coffer/io_backends/make_io_backend.hpp>
#include <gtest/gtest.h>

#include "async/started.hpp"
#include "io_backends/counting_observer.hpp"
#include "io_backends/io_backend.hpp"
#include "io_backends/test_files.hpp"
#include "support/test_loop.hpp"

namespace coffer::test {

/// The promises of IoBackend are the same for each backend on each kind of loop: every suite derived from this runs on
/// all.
using IoCase = std::tuple<std::string, LoopKind>;

inline std::string name_of(const testing::TestParamInfo<IoCase>& info) {
  return std::get<0>(info.param) + "_" + to_string(std::get<1>(info.param));
}

inline std::vector<std::string> all_io_backends() {
#ifdef COFFER_WITH_URING
  return {"uring", "threads"};
#else
  return {"threads"};
#endif
}

class IoBackendContract : public testing::TestWithParam<IoCase> {
 protected:
  /// Enough for 5000 of the smallest buffers.
  static constexpr std::size_t budget = std::size_t{128} << 20U;

  IoBackendContract() {
    RuntimeConfig config;
    config.budget(budget).observer(observer_);
    loop_ = std::make_unique<TestLoop>(std::get<1>(GetParam()), std::move(config));
    backend_ = make_io_backend(loop_->runtime(), std::get<0>(GetParam()));
  }

  /// Nothing is held and nothing in flight once a test's coroutines have ended.
  void TearDown() override {
    if (loop_) {
      EXPECT_EQ(loop_->runtime().pool().use().granted, 0U);
    }
    EXPECT_EQ(observer_->in_flight(), 0);
  }

  Runtime& runtime() { return loop_->runtime(); }
  IoBackend& backend() { return *backend_; }
  const std::shared_ptr<IoBackend>& backend_ptr() { return backend_; }
  const CountingObserver& observer() const { return *observer_; }
  /// With all that runs in it.
  void destroy_loop() {
    backend_.reset();
    loop_.reset();
  }
  const std::filesystem::path& folder() const { return folder_.path(); }
  Buffer buffer(std::size_t size) {
    BudgetShare share = runtime().pool().open_share("test");
    return share.need(size);
  }
  template <class T>
  T run(Task<T> task) {
    return loop_->run(std::move(task));
  }

 private:
  const std::shared_ptr<CountingObserver> observer_ = std::make_shared<CountingObserver>();
  const TempFolder folder_;
  std::unique_ptr<TestLoop> loop_;
  std::shared_ptr<IoBackend> backend_;
};

#define COFFER_ON_IO_BACKENDS(suite, names)                                                                     \
  INSTANTIATE_TEST_SUITE_P(                                                                                     \
      On, suite, testing::Combine(testing::ValuesIn(names), testing::ValuesIn(::coffer::test::all_loop_kinds)), \
      ::coffer::test::name_of)

}  // namespace coffer::test
