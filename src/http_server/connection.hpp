#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <coffer/async/runtime.hpp>
#include <coffer/async/task.hpp>

#include "http_server/range_resource.hpp"

namespace coffer {

/// What a connection asks of its server. Thread-safe.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  /// Null where there is no such thing, or where the secret is wrong.
  virtual std::shared_ptr<RangeResource> find(std::string_view target) = 0;
  /// Whether others wait for this connection's place: then it is not kept for another request.
  virtual bool is_crowded() = 0;
  /// A client that has said nothing for so long is closed: the connections are counted.
  virtual std::chrono::nanoseconds longest_silence() const = 0;
};

/// Reads requests and answers them, one after the other, until the client leaves, an answer breaks off, or it is
/// cancelled. Runs on the socket's executor, which runs one at a time. Does not throw: a broken connection is its own
/// end.
Task<> co_serve_connection(Runtime& runtime, boost::asio::ip::tcp::socket socket, std::shared_ptr<ConnectionHost> host);

}  // namespace coffer
