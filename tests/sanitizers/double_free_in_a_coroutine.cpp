// Two owners of one number, both in a coroutine's frame: what g++ 12.2 makes of an aggregate inside a co_await.
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace {

boost::asio::awaitable<void> free_twice() {
  const auto first = std::make_unique<int>(1);
  const std::unique_ptr<int> second(first.get());
  co_await boost::asio::post(boost::asio::use_awaitable);
}

}  // namespace

int main() {
  boost::asio::io_context context;
  boost::asio::co_spawn(context, free_twice(), boost::asio::detached);
  context.run();
}
