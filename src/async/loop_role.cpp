#include "async/loop_role.hpp"

#include <boost/asio/query.hpp>

namespace coffer {

boost::asio::execution_context::id LoopRole::id;

bool runs_on_own_thread(const boost::asio::any_io_executor& executor) {
  return boost::asio::has_service<LoopRole>(boost::asio::query(executor, boost::asio::execution::context));
}

}  // namespace coffer
