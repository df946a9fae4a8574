#include <string>

#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <coffer/stream/async_read_stream.hpp>
#include <coffer/stream/memory_source.hpp>
#include <gtest/gtest.h>

#include "support/test_loop.hpp"

namespace coffer {
namespace {

namespace asio = boost::asio;

class Unreadable final : public ByteSource {
 public:
  const ObjectInfo& info() const override { return info_; }
  Task<std::optional<Chunk>> co_read(std::size_t /*at_most*/) override { throw Error(ErrorKind::corrupt, "planted"); }

 private:
  ObjectInfo info_;
};

Task<> co_read_lines() {
  AsyncReadStream stream(co_await asio::this_coro::executor, make_memory_source("first\nsecond\nrest"));
  std::string line;
  const std::size_t first =
      co_await asio::async_read_until(stream, asio::dynamic_buffer(line), '\n', asio::use_awaitable);
  EXPECT_EQ(line.substr(0, first), "first\n");
  line.erase(0, first);
  const std::size_t second =
      co_await asio::async_read_until(stream, asio::dynamic_buffer(line), '\n', asio::use_awaitable);
  EXPECT_EQ(line.substr(0, second), "second\n");
}

TEST(AsyncReadStream, is_read_by_asios_own_algorithms) {
  test::TestLoop loop(test::LoopKind::own_thread);
  loop.run(co_read_lines());
}

Task<> co_read_past_the_end() {
  AsyncReadStream stream(co_await asio::this_coro::executor, make_memory_source("12345"));
  std::string bytes(7, '.');
  boost::system::error_code code;
  auto token = asio::redirect_error(asio::use_awaitable, code);
  const std::size_t got = co_await asio::async_read(stream, asio::buffer(bytes), token);
  EXPECT_EQ(got, 5U);
  EXPECT_EQ(code, asio::error::eof);
  EXPECT_EQ(bytes, "12345..");
  EXPECT_FALSE(stream.error());
}

TEST(AsyncReadStream, ends_with_eof) {
  test::TestLoop loop(test::LoopKind::own_thread);
  loop.run(co_read_past_the_end());
}

Task<> co_read_broken() {
  AsyncReadStream stream(co_await asio::this_coro::executor, std::make_unique<Unreadable>());
  std::string bytes(7, '.');
  boost::system::error_code code;
  auto token = asio::redirect_error(asio::use_awaitable, code);
  co_await asio::async_read(stream, asio::buffer(bytes), token);
  EXPECT_EQ(code, boost::system::errc::io_error);
  EXPECT_TRUE(stream.error());
  if (stream.error()) {
    EXPECT_EQ(to_error(stream.error()).kind(), ErrorKind::corrupt);
  }
}

TEST(AsyncReadStream, keeps_the_error_of_its_source) {
  test::TestLoop loop(test::LoopKind::own_thread);
  loop.run(co_read_broken());
}

}  // namespace
}  // namespace coffer
