#pragma once

#include <boost/asio/any_io_executor.hpp>

namespace coffer {

class Runtime;

/// An executor for coroutines that belong together, which runs one of them at a time: one of the Runtime's own loops in
/// turn, or a strand of the loop that it is attached to.
boost::asio::any_io_executor one_at_a_time(Runtime& runtime);

}  // namespace coffer
