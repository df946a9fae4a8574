// A service's own Asio loop, run by one thread or by several: Coffer's coroutines run in it beside the service's own.
//
//     attached_loop [THREADS]

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <coffer/coffer.hpp>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

coffer::Task<> serve(coffer::Storage& storage) {
  const coffer::Stored page = co_await storage.co_store("a page");

  // Whichever is first: the page, or the time that a visitor waits for it. The other one is cancelled.
  using asio::experimental::awaitable_operators::operator||;
  asio::steady_timer patience(co_await asio::this_coro::executor, 5s);
  auto answer = co_await (storage.co_load(page.uri) || patience.async_wait(asio::use_awaitable));
  if (answer.index() == 0) std::cout << "loaded: " << std::get<0>(answer) << '\n';

  // The same as one call, which throws Error{timed_out}.
  const std::string again = co_await coffer::with_deadline(storage.co_load(page.uri), 5s);
  std::cout << "again: " << again << '\n';

  co_await storage.co_remove(page.uri);
}

}  // namespace

int main(int count, char** arguments) {
  const int threads = count > 1 ? std::atoi(arguments[1]) : 1;
  asio::io_context loop;
  coffer::Runtime runtime(loop);
  coffer::Storage storage = coffer::open_storage(runtime, coffer::StoreConfig("store"));

  int exit_code = 0;
  // On a strand: several threads may run the loop, and `||` cancels.
  asio::co_spawn(asio::make_strand(loop), serve(storage), [&](const std::exception_ptr& failed) {
    if (!failed) return;
    std::cerr << coffer::to_error(failed).what() << '\n';
    exit_code = 1;
  });

  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back([&loop] { loop.run(); });
  loop.run();
  for (auto& thread : others) thread.join();
  return exit_code;
}
