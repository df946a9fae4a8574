#include "http_server/range_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/random.h>

#include "async/one_at_a_time.hpp"
#include "async/signal.hpp"
#include "http_server/connection.hpp"
#include "http_server/range_answer.hpp"

namespace coffer {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

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

/// A coroutine of the server: how to end it. The signal is touched on the executor alone.
struct Guest {
  asio::any_io_executor executor;
  asio::cancellation_signal cancel;
};

}  // namespace

struct RangeServer::State final : ConnectionHost, std::enable_shared_from_this<State> {
  State(Runtime& owner, std::size_t most)
      : runtime(owner),
        most_connections(most),
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

  bool is_crowded() override {
    const std::lock_guard lock(mutex);
    return connections.size() * 2 > most_connections;
  }

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

  /// Runs `task` until it ends or everything is ended.
  void spawn(std::set<std::shared_ptr<Guest>>& among, const asio::any_io_executor& where, Task<> task) {
    auto guest = std::make_shared<Guest>();
    guest->executor = where;
    {
      const std::lock_guard lock(mutex);
      if (stopping) return;
      among.insert(guest);
    }
    auto leave = [self = shared_from_this(), &among, guest](std::exception_ptr) {
      {
        const std::lock_guard lock(self->mutex);
        among.erase(guest);
      }
      self->changed.notify_all();
    };
    // On its executor, where it is cancelled too: the signal is no other thread's.
    asio::post(where, [guest, task = std::move(task), leave = std::move(leave)]() mutable {
      asio::co_spawn(guest->executor, std::move(task),
                     asio::bind_cancellation_slot(guest->cancel.slot(), std::move(leave)));
    });
  }

  void end_all() {
    asio::post(executor, [self = shared_from_this()] {
      boost::system::error_code ignored;
      self->acceptor.close(ignored);
    });
    const std::lock_guard lock(mutex);
    stopping = true;
    for (const auto* guests : {&acceptors, &connections}) {
      for (const auto& guest : *guests) {
        asio::post(guest->executor, [guest] { guest->cancel.emit(asio::cancellation_type::terminal); });
      }
    }
  }

  bool is_over() {
    const std::lock_guard lock(mutex);
    return acceptors.empty() && connections.empty();
  }

  /// A place for one more connection. False where there will be none any more.
  Task<bool> co_place() {
    for (;;) {
      const std::uint64_t seen = changed.epoch();
      {
        const std::lock_guard lock(mutex);
        if (stopping) co_return false;
        if (connections.size() < most_connections) co_return true;
      }
      co_await changed.co_wait(seen);
    }
  }

  static Task<> co_accept(std::shared_ptr<State> self) {
    for (;;) {
      const bool has_place = co_await self->co_place();
      if (!has_place) co_return;
      const asio::any_io_executor where = one_at_a_time(self->runtime);
      auto [failed, socket] = co_await self->acceptor.async_accept(where, asio::as_tuple(asio::deferred));
      if (failed == asio::error::operation_aborted) co_return;
      if (!failed) {
        self->spawn(self->connections, where, co_serve_connection(self->runtime, std::move(socket), self));
        continue;
      }
      // Out of descriptors, or the client has left again: others may have more luck.
      asio::steady_timer pause(self->executor, std::chrono::milliseconds(10));
      co_await pause.async_wait(asio::deferred);
    }
  }

  Runtime& runtime;
  const std::size_t most_connections;
  asio::any_io_executor executor;
  tcp::acceptor acceptor;
  const std::string secret;
  std::uint16_t port = 0;

  std::mutex mutex;
  std::map<std::string, std::shared_ptr<RangeResource>> resources;
  std::set<std::shared_ptr<Guest>> acceptors;  // The one loop that accepts.
  std::set<std::shared_ptr<Guest>> connections;
  bool stopping = false;
  Signal changed;
};

RangeServer::RangeServer(Runtime& runtime, std::size_t most_connections)
    : state_(std::make_shared<State>(runtime, std::max<std::size_t>(most_connections, 1))) {
  state_->listen();
  state_->spawn(state_->acceptors, state_->executor, State::co_accept(state_));
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

std::uint16_t RangeServer::port() const noexcept { return state_->port; }

std::size_t RangeServer::connections() const {
  const std::lock_guard lock(state_->mutex);
  return state_->connections.size();
}

Task<> RangeServer::co_stop() {
  const std::shared_ptr<State> state = state_;
  state->end_all();
  for (;;) {
    const std::uint64_t seen = state->changed.epoch();
    if (state->is_over()) co_return;
    co_await state->changed.co_wait(seen);
  }
}

}  // namespace coffer
