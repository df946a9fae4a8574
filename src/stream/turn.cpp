#include "stream/turn.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/base/error.hpp>

namespace coffer {

namespace asio = boost::asio;

Task<> co_give_way() {
  co_await asio::post(asio::deferred);
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) throw Error(ErrorKind::cancelled, "the stream was cancelled");
}

}  // namespace coffer
