#include "http_server/connection.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <coffer/async/with_deadline.hpp>
#include <sys/socket.h>

#include "async/together.hpp"
#include "http_server/range_answer.hpp"

namespace coffer {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr std::size_t largest_head = 8192;
constexpr std::chrono::seconds longest_goodbye{1};

/// A request, or why there is none.
struct Head {
  RangeRequest request;
  /// 400 or 431 where it cannot be answered otherwise.
  unsigned refused = 0;
  /// The client has closed between requests, or been silent for too long.
  bool at_end = false;
};

/// One connection: reads requests and answers them, one after the other.
class Connection {
 public:
  Connection(Runtime& runtime, tcp::socket& socket, ConnectionHost& host)
      : socket_(socket),
        host_(host),
        share_(runtime.pool().open_share("a connection of the range server")),
        input_(share_.need(smallest_buffer)) {}

  Task<> co_serve() {
    boost::system::error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    for (bool goes_on = true; goes_on;) {
      Head head = co_await co_next_head();
      if (head.at_end) co_return;
      goes_on = co_await co_answer(std::move(head));
    }
    // Closing with bytes unread would throw the answer away on its way: the client closes first, if it does so soon.
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    co_await with_deadline(co_discard(), longest_goodbye);
  }

 private:
  Task<Head> co_next_head() {
    Head head;
    try {
      head = co_await with_deadline(co_read_head(), host_.longest_silence());
    } catch (const Error& error) {
      // No reset: a slow client may not yet have read the end of the last answer.
      if (error.kind() != ErrorKind::timed_out) throw;
      head.at_end = true;
    }
    co_return head;
  }

  /// Reads up to the end of a head. What comes behind it stays in the buffer.
  Task<Head> co_read_head() {
    Head head;
    http::request_parser<http::empty_body> parser;
    parser.header_limit(largest_head);
    for (;;) {
      boost::beast::error_code code;
      const asio::const_buffer got(input_.data(), filled_);
      const std::size_t used = filled_ == 0 ? 0 : parser.put(got, code);
      drop_input(used);
      if (parser.is_header_done()) {
        take_head(parser, head);
        co_return head;
      }
      if (code && code != http::error::need_more) {
        head.refused = code == http::error::header_limit ? 431 : 400;
        co_return head;
      }
      if (filled_ == input_.size()) {
        head.refused = 431;
        co_return head;
      }
      const asio::mutable_buffer room(input_.data() + filled_, input_.size() - filled_);
      auto [failed, more] = co_await socket_.async_read_some(room, asio::as_tuple(asio::deferred));
      if (failed) {
        if (failed == asio::error::operation_aborted) throw Error(ErrorKind::cancelled, "the range server stops");
        head.at_end = true;
        co_return head;
      }
      filled_ += more;
    }
  }

  Task<> co_discard() {
    for (;;) {
      const asio::mutable_buffer room(input_.data(), input_.size());
      auto [failed, more] = co_await socket_.async_read_some(room, asio::as_tuple(asio::deferred));
      if (failed) co_return;
    }
  }

  void drop_input(std::size_t used) {
    std::memmove(input_.data(), input_.data() + used, filled_ - used);
    filled_ -= used;
  }

  static void take_head(const http::request_parser<http::empty_body>& parser, Head& head) {
    const auto& message = parser.get();
    head.request.method = std::string(message.method_string());
    head.request.target = std::string(message.target());
    head.request.is_http_1_0 = message.version() < 11;
    head.request.keep_alive = parser.keep_alive();
    const auto range = message.find(http::field::range);
    // No answer ever had a validator, so none can be the right one: then the range does not count.
    const bool is_conditional = message.find(http::field::if_range) != message.end();
    if (range != message.end() && !is_conditional) head.request.range = std::string(range->value());
    // A body would be read as the next request.
    const bool has_body = parser.chunked() || parser.content_length().value_or(0) != 0;
    if (has_body || message.version() < 10 || message.version() > 11) head.refused = 400;
  }

  /// Whether the connection goes on.
  Task<bool> co_answer(Head head) {
    std::shared_ptr<RangeResource> resource;
    const RangeAnswer answer = decide(head, resource);
    if (!answer.has_body) {
      co_await co_send(answer.head);
      co_return answer.keep_alive;
    }
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    is_complete_ = false;
    co_await co_until_first(executor, co_send_resource(resource, answer), co_until_client_leaves());
    if (!is_complete_) throw Error(ErrorKind::cancelled, "the client left, or the source had another length");
    co_return keeps_alive_;
  }

  RangeAnswer decide(Head& head, std::shared_ptr<RangeResource>& resource) const {
    if (head.refused != 0) return answer_status(head.refused, false);
    resource = host_.find(head.request.target);
    if (!resource) return answer_status(404, head.request.keep_alive);
    if (head.request.method != "GET" && head.request.method != "HEAD")
      return answer_status(405, head.request.keep_alive);
    if (host_.is_crowded()) head.request.keep_alive = false;
    ResourceFacts facts;
    facts.content_type = resource->content_type();
    facts.size = resource->size();
    return answer_resource(head.request, facts);
  }

  Task<> co_send_resource(std::shared_ptr<RangeResource> resource, RangeAnswer answer) {
    ByteRange range;
    if (answer.extent && answer.status == 206) range = ByteRange::of(answer.extent->offset, answer.extent->length);
    SourcePtr source;
    try {
      source = co_await resource->co_open(range);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      answer = answer_status(500, false);
    }
    keeps_alive_ = answer.keep_alive;
    co_await co_send(answer.head);
    if (!source) {
      is_complete_ = true;
    } else if (answer.extent) {
      co_await co_send_extent(*source, answer.extent->length);
    } else {
      co_await co_send_all(*source, answer.chunked);
    }
  }

  Task<> co_send_extent(ByteSource& source, std::uint64_t left) {
    while (left > 0) {
      std::optional<Chunk> chunk = co_await source.co_read();
      if (!chunk || chunk->size() > left) co_return;  // Not what was announced: aborted.
      left -= chunk->size();
      co_await asio::async_write(socket_, asio::const_buffer(*chunk), asio::deferred);
    }
    is_complete_ = true;
  }

  Task<> co_send_all(ByteSource& source, bool chunked) {
    for (;;) {
      std::optional<Chunk> chunk = co_await source.co_read();
      if (!chunk) break;
      if (!chunked) {
        co_await asio::async_write(socket_, asio::const_buffer(*chunk), asio::deferred);
        continue;
      }
      std::array<char, 18> size_line{};
      char* end = std::to_chars(size_line.data(), size_line.data() + 16, chunk->size(), 16).ptr;
      *end++ = '\r';
      *end++ = '\n';
      const std::array<asio::const_buffer, 3> parts = {
          asio::const_buffer(size_line.data(), static_cast<std::size_t>(end - size_line.data())),
          asio::const_buffer(*chunk), asio::const_buffer("\r\n", 2)};
      co_await asio::async_write(socket_, parts, asio::deferred);
    }
    if (chunked) co_await co_send("0\r\n\r\n");
    is_complete_ = true;
  }

  Task<> co_send(std::string text) { co_await asio::async_write(socket_, asio::buffer(text), asio::deferred); }

  /// Returns when the client has closed its side. What it sends meanwhile is the next request and stays where it is.
  Task<> co_until_client_leaves() {
    for (;;) {
      co_await socket_.async_wait(tcp::socket::wait_read, asio::deferred);
      char byte = 0;
      const ssize_t got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
      if (got > 0) co_await co_for_ever();
      // On a loop of several threads the wait may end for bytes that were read before it began.
      const bool is_empty = got < 0 && (errno == EAGAIN || errno == EINTR);
      if (!is_empty) co_return;
    }
  }

  tcp::socket& socket_;
  ConnectionHost& host_;
  BudgetShare share_;
  Buffer input_;
  std::size_t filled_ = 0;
  bool is_complete_ = false;
  bool keeps_alive_ = false;
};

}  // namespace

Task<> co_serve_connection(Runtime& runtime, tcp::socket socket, std::shared_ptr<ConnectionHost> host) {
  try {
    Connection connection(runtime, socket, *host);
    co_await connection.co_serve();
  } catch (...) {
    // A client that left, a source that failed, a stop: each is the end of this connection, and nobody else is told:
    // the pipe that writes a source reports what failed it. Reset, so that no client takes it for the end of the
    // answer.
    boost::system::error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
  }
}

}  // namespace coffer
