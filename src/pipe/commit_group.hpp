#pragma once

#include <cstddef>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <coffer/async/task.hpp>
#include <coffer/stream/byte_sink.hpp>

#include "async/task_group.hpp"

namespace coffer {

/// Commits that go on while the next objects are written. For one coroutine.
class CommitGroup {
 public:
  /// At most so many at a time. On `executor` the commits run.
  CommitGroup(const boost::asio::any_io_executor& executor, std::size_t most);

  /// Waits where too many are under way. Throws what an earlier one threw.
  Task<> co_add(SinkPtr sink);
  /// Waits for all. Throws what the first to fail threw.
  Task<> co_all();
  /// Cancels those that are under way and waits for them.
  Task<> co_abandon();

 private:
  struct Failure;
  void rethrow() const;

  std::shared_ptr<Failure> failure_;
  boost::asio::any_io_executor executor_;
  const std::size_t most_;
  TaskGroup group_;
};

}  // namespace coffer
