// Two coroutines on two threads count without asking each other.
#include <thread>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace {

boost::asio::awaitable<void> count(int& total) {
  for (int i = 0; i < 1000; ++i) {
    co_await boost::asio::post(boost::asio::use_awaitable);
    ++total;
  }
}

}  // namespace

int main() {
  int total = 0;
  boost::asio::io_context context;
  boost::asio::co_spawn(context, count(total), boost::asio::detached);
  boost::asio::co_spawn(context, count(total), boost::asio::detached);
  std::thread other([&context] { context.run(); });
  context.run();
  other.join();
}
