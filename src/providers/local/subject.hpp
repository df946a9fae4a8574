#pragma once

#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <coffer/async/task.hpp>
#include <coffer/base/error.hpp>

#include "io_backends/io_backend.hpp"

namespace coffer {

/// What a call is about, named in every Error that leaves it.
struct Subject {
  std::string operation;  ///< "read", "store"
  std::string uri;        ///< As Uri::text() gives it.
  std::string path;       ///< The file, as the system knows it.

  /// The Error for a step that failed with this errno (positive).
  Error failed(int code, std::string_view step) const;
  Error refused(ErrorKind kind, std::string message) const;
  /// An Error from below, with what it lacks.
  Error named(Error error) const;
};

/// Runs a system call and throws what `subject` makes of its failure. `subject` outlives the task.
Task<int> co_step(IoBackend& io, const Subject& subject, std::string_view step, std::function<int()> call);

/// Lets only Errors out, each naming `subject`, which outlives the task.
template <class T>
Task<T> co_named(const Subject& subject, Task<T> task) {
  try {
    co_return co_await std::move(task);
  } catch (...) {
    throw subject.named(to_error(std::current_exception()));
  }
}

}  // namespace coffer
