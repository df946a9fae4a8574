#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <coffer/async/runtime.hpp>
#include <coffer/async/task.hpp>

#include "http_server/range_resource.hpp"

namespace coffer {

/// A read-only HTTP/1.1 server on loopback, for commands that take a URL. Its port is any, its paths begin with a
/// secret that nobody can guess: other users of the machine can connect, but get nothing. Thread-safe.
///
/// A source that fails aborts its connection: a client never takes a part for the whole. A client that closes its side
/// while it is being answered has left.
class RangeServer {
 public:
  /// Listens at once. At most `most_connections` are served at a time, the next wait in the kernel's queue; their
  /// buffers of 16 KiB count in the budget. Those that ask for nothing during `longest_silence` are closed. Throws
  /// Error.
  explicit RangeServer(Runtime& runtime, std::size_t most_connections = 64,
                       std::chrono::nanoseconds longest_silence = std::chrono::minutes(1));
  RangeServer(const RangeServer&) = delete;
  RangeServer& operator=(const RangeServer&) = delete;
  /// Ends what is left, without waiting for it.
  ~RangeServer();

  /// Serves it under this name, of letters, digits and "-._~", until it is removed; what is being read goes on.
  /// Replaces another.
  void add(std::string name, std::shared_ptr<RangeResource> resource);
  void remove(const std::string& name);
  /// "http://127.0.0.1:PORT/SECRET/name".
  std::string url(const std::string& name) const;

  /// What of its URLs no text may show.
  const std::string& secret() const noexcept;
  std::uint16_t port() const noexcept;
  std::size_t connections() const;
  /// Ends all connections and waits until none is left. Before the Storage goes whose objects are served.
  Task<> co_stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace coffer
