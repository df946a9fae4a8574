#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

namespace coffer {

/// Marks an io_context whose one thread belongs to a Runtime: there, a ring may be bound to its thread and short
/// blocking calls may run inline. Absent from a program's own contexts.
class LoopRole : public boost::asio::execution_context::service {
 public:
  using key_type = LoopRole;
  static boost::asio::execution_context::id id;
  explicit LoopRole(boost::asio::execution_context& context) : service(context) {}

 private:
  void shutdown() override {}
};

/// Whether coroutines of this executor run on a thread that belongs to a Runtime.
bool runs_on_own_thread(const boost::asio::any_io_executor& executor);

}  // namespace coffer
