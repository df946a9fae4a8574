#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <coffer/async/task.hpp>

namespace coffer {

// Several tasks at once. All run on `executor`, which runs one at a time: a loop of one thread, or a strand.

/// Runs both until the first ends, cancels the other and waits for its end; throws what that first one threw.
Task<> co_until_first(boost::asio::any_io_executor executor, Task<> a, Task<> b);

/// Runs all three to their ends. The first error cancels the others and is thrown once they have ended.
Task<> co_all(boost::asio::any_io_executor executor, Task<> a, Task<> b, Task<> c);

/// Suspends until cancelled: the half of a co_until_first that never ends by itself.
Task<> co_for_ever();

}  // namespace coffer
