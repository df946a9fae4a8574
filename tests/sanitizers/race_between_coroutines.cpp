// Two coroutines on two threads count without asking each other.
#include <barrier>
#include <thread>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace {

// The barrier has them meet on two threads; what follows it is ordered by nothing.
boost::asio::awaitable<void> count(std::barrier<>& both, int& total) {
  both.arrive_and_wait();
  ++total;
  co_return;
}

}  // namespace

int main() {
  std::barrier both(2);
  int total = 0;
  boost::asio::io_context context;
  boost::asio::co_spawn(context, count(both, total), boost::asio::detached);
  boost::asio::co_spawn(context, count(both, total), boost::asio::detached);
  std::thread other([&context] { context.run(); });
  context.run();
  other.join();
}
