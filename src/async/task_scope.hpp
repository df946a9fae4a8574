#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <coffer/async/task.hpp>

namespace coffer {

/// Owns background tasks that no caller awaits. A task handles its own errors; one that throws ends the program,
/// because nobody could be told. Thread-safe.
class TaskScope {
 public:
  TaskScope();
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;
  ~TaskScope();

  void spawn(const boost::asio::any_io_executor& executor, Task<> task);
  /// Waits until none is left.
  Task<> co_empty();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace coffer
