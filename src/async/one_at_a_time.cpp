#include "async/one_at_a_time.hpp"

#include <boost/asio/strand.hpp>
#include <coffer/async/runtime.hpp>

namespace coffer {

boost::asio::any_io_executor one_at_a_time(Runtime& runtime) {
  if (!runtime.attached()) return runtime.executor();
  return boost::asio::make_strand(runtime.executor());
}

}  // namespace coffer
