#pragma once

#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <coffer/stream/byte_source.hpp>

namespace coffer {

/// An Asio AsyncReadStream over a source, for code that reads with `boost::asio::async_read`. Ends with error::eof; an
/// Error of the source is kept in `error()` and ends it with errc::io_error. Owns the source; one outstanding read.
class AsyncReadStream {
 public:
  using executor_type = boost::asio::any_io_executor;
  AsyncReadStream(executor_type executor, SourcePtr source)
      : executor_(std::move(executor)), source_(std::move(source)) {}

  executor_type get_executor() const noexcept { return executor_; }
  /// What the source threw; null where it did not.
  const std::exception_ptr& error() const noexcept { return error_; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
        [this, buffers, started = false](auto& self, std::exception_ptr failed = nullptr,
                                         std::size_t copied = 0) mutable {
          if (!started) {
            started = true;
            boost::asio::co_spawn(executor_, co_fill(Buffers(buffers)), std::move(self));
            return;
          }
          if (failed) {
            error_ = failed;
            self.complete(boost::system::errc::make_error_code(boost::system::errc::io_error), 0);
          } else if (copied == 0 && boost::asio::buffer_size(buffers) != 0) {
            self.complete(boost::asio::error::eof, 0);
          } else {
            self.complete({}, copied);
          }
        },
        token, executor_);
  }

 private:
  template <class Buffers>
  Task<std::size_t> co_fill(Buffers into) {
    const std::size_t room = boost::asio::buffer_size(into);
    if (room == 0) co_return 0;
    if (rest_.empty()) {
      std::optional<Chunk> next = co_await source_->co_read(room);
      if (!next) co_return 0;
      rest_ = std::move(*next);
    }
    const std::size_t copied = boost::asio::buffer_copy(into, boost::asio::const_buffer(rest_));
    rest_ = rest_.from(copied);
    co_return copied;
  }

  executor_type executor_;
  SourcePtr source_;
  Chunk rest_;
  std::exception_ptr error_;
};

}  // namespace coffer
