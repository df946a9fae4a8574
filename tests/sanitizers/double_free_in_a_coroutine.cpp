// Two owners of one string, both in a coroutine's frame: what g++ 12.2 makes of an aggregate inside a co_await.
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace {

boost::asio::awaitable<void> free_twice() {
  const auto first = std::make_unique<std::string>("a text");
  const std::unique_ptr<std::string> second(first.get());
  co_await boost::asio::post(boost::asio::use_awaitable);
}

}  // namespace

int main() {
  boost::asio::io_context context;
  boost::asio::co_spawn(context, free_twice(), boost::asio::detached);
  context.run();
}
