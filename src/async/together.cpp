#include "async/together.hpp"

#include <array>
#include <cstddef>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

namespace coffer {

namespace asio = boost::asio;

Task<> co_until_first(asio::any_io_executor executor, Task<> a, Task<> b) {
  auto both = asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(a), asio::deferred),
                                                      asio::co_spawn(executor, std::move(b), asio::deferred));
  auto [order, first, second] = co_await both.async_wait(asio::experimental::wait_for_one(), asio::deferred);
  const std::array<std::exception_ptr, 2> errors = {first, second};
  if (errors[order[0]]) std::rethrow_exception(errors[order[0]]);
}

Task<> co_all(asio::any_io_executor executor, Task<> a, Task<> b, Task<> c) {
  auto all = asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(a), asio::deferred),
                                                     asio::co_spawn(executor, std::move(b), asio::deferred),
                                                     asio::co_spawn(executor, std::move(c), asio::deferred));
  auto [order, first, second, third] =
      co_await all.async_wait(asio::experimental::wait_for_one_error(), asio::deferred);
  const std::array<std::exception_ptr, 3> errors = {first, second, third};
  for (const std::size_t i : order) {
    if (errors[i]) std::rethrow_exception(errors[i]);
  }
}

Task<> co_for_ever() {
  asio::steady_timer timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  co_await timer.async_wait(asio::deferred);
}

}  // namespace coffer
