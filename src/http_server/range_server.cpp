#include "http_server/range_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/random.h>

#include "async/one_at_a_time.hpp"
#include "async/task_group.hpp"
#include "http_server/connection.hpp"
#include "http_server/range_answer.hpp"

namespace coffer {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::string make_secret() {
  std::array<unsigned char, 24> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    throw Error::from_errno(errno, "getting random bytes");
  }
  constexpr std::string_view digits = "0123456789abcdef";
  std::string secret;
  for (const unsigned char byte : random) {
    secret += digits[byte >> 4U];
    secret += digits[byte & 15U];
  }
  return secret;
}

}  // namespace

struct RangeServer::State final : ConnectionHost, std::enable_shared_from_this<State> {
  State(Runtime& owner, std::size_t most, std::chrono::nanoseconds longest)
      : runtime(owner),
        most_connections(most),
        silence(longest),
        executor(one_at_a_time(owner)),
        acceptor(executor),
        secret(make_secret()) {}

  std::shared_ptr<RangeResource> find(std::string_view target) override {
    const std::optional<std::string> name = name_in_target(target, secret);
    if (!name) return nullptr;
    const std::lock_guard lock(mutex);
    const auto found = resources.find(*name);
    return found == resources.end() ? nullptr : found->second;
  }

  bool is_crowded() override { return connections.size() * 2 > most_connections; }

  std::chrono::nanoseconds longest_silence() const override { return silence; }

  void listen() {
    try {
      acceptor.open(tcp::v4());
      acceptor.bind(tcp::endpoint(asio::ip::address_v4::loopback(), 0));
      acceptor.listen();
      port = acceptor.local_endpoint().port();
    } catch (const boost::system::system_error& error) {
      throw Error::from_code(error.code(), "listening on 127.0.0.1");
    }
  }

  void end_all() {
    asio::post(executor, [self = shared_from_this()] {
      boost::system::error_code ignored;
      self->acceptor.close(ignored);
    });
    acceptors.cancel_all();
    connections.cancel_all();
  }

  static Task<> co_accept(std::shared_ptr<State> self) {
    for (;;) {
      co_await self->connections.co_fewer_than(self->most_connections);
      const asio::any_io_executor where = one_at_a_time(self->runtime);
      auto [failed, socket] = co_await self->acceptor.async_accept(where, asio::as_tuple(asio::deferred));
      if (failed == asio::error::operation_aborted) co_return;
      if (!failed) {
        self->connections.spawn(where, co_serve_connection(self->runtime, std::move(socket), self));
        continue;
      }
      // Out of descriptors, or the client has left again: others may have more luck.
      asio::steady_timer pause(self->executor, std::chrono::milliseconds(10));
      co_await pause.async_wait(asio::deferred);
    }
  }

  Runtime& runtime;
  const std::size_t most_connections;
  const std::chrono::nanoseconds silence;
  asio::any_io_executor executor;
  tcp::acceptor acceptor;
  const std::string secret;
  std::uint16_t port = 0;

  std::mutex mutex;
  std::map<std::string, std::shared_ptr<RangeResource>> resources;
  TaskGroup acceptors;  // The one loop that accepts.
  TaskGroup connections;
};

RangeServer::RangeServer(Runtime& runtime, std::size_t most_connections, std::chrono::nanoseconds longest_silence)
    : state_(std::make_shared<State>(runtime, std::max<std::size_t>(most_connections, 1), longest_silence)) {
  state_->listen();
  state_->acceptors.spawn(state_->executor, State::co_accept(state_));
}

RangeServer::~RangeServer() { state_->end_all(); }

void RangeServer::add(std::string name, std::shared_ptr<RangeResource> resource) {
  const std::lock_guard lock(state_->mutex);
  state_->resources.insert_or_assign(std::move(name), std::move(resource));
}

void RangeServer::remove(const std::string& name) {
  const std::lock_guard lock(state_->mutex);
  state_->resources.erase(name);
}

std::string RangeServer::url(const std::string& name) const {
  return "http://127.0.0.1:" + std::to_string(state_->port) + "/" + state_->secret + "/" + name;
}

const std::string& RangeServer::secret() const noexcept { return state_->secret; }

std::uint16_t RangeServer::port() const noexcept { return state_->port; }

std::size_t RangeServer::connections() const { return state_->connections.size(); }

Task<> RangeServer::co_stop() {
  const std::shared_ptr<State> state = state_;
  state->end_all();
  co_await state->acceptors.co_empty();
  co_await state->connections.co_empty();
}

}  // namespace coffer
