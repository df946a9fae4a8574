#pragma once

#include <cstddef>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <coffer/async/task.hpp>

namespace coffer {

/// Tasks that are cancelled together. Thread-safe.
class TaskGroup {
 public:
  TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  /// Cancels what is left, without waiting.
  ~TaskGroup();

  /// Starts it on an executor that runs one thing at a time; drops it where all were cancelled before. The task handles
  /// its own errors: what it throws is lost.
  void spawn(const boost::asio::any_io_executor& executor, Task<> task);
  /// Nothing starts any more.
  void cancel_all();
  /// Those that have not ended.
  std::size_t size() const;
  /// Waits until fewer than `count` are left.
  Task<> co_fewer_than(std::size_t count);
  Task<> co_empty();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace coffer
