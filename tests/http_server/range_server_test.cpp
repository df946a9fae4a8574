#include "http_server/range_server.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <coffer/base/error.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "async/signal.hpp"
#include "support/test_loop.hpp"

namespace coffer {
namespace {

using test::LoopKind;
using test::TestLoop;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

char pattern_at(std::uint64_t offset) { return static_cast<char>('a' + offset % 23); }

std::string pattern(std::uint64_t offset, std::size_t length) {
  std::string text(length, ' ');
  for (std::size_t i = 0; i < length; ++i) text[i] = pattern_at(offset + i);
  return text;
}

/// `total` bytes of a pattern. `written` of them can be read, the others are waited for; at `broken_at` the source
/// fails.
class Growing final : public RangeResource, public std::enable_shared_from_this<Growing> {
 public:
  Growing(Runtime& runtime, std::uint64_t total, bool size_is_known)
      : runtime_(runtime), total_(total), size_is_known_(size_is_known), written_(total) {}

  std::string content_type() const override { return "text/plain"; }
  std::optional<std::uint64_t> size() const override {
    if (size_is_known_) return total_;
    return std::nullopt;
  }
  Task<SourcePtr> co_open(ByteRange range) override {
    if (cannot_open) throw Error(ErrorKind::writer_failed, "its writer failed");
    const Extent extent = range.within(total_).value();
    co_return std::make_unique<Source>(shared_from_this(), extent);
  }

  void write_up_to(std::uint64_t offset) {
    written_ = offset;
    grown_.notify_all();
  }

  std::atomic<std::uint64_t> broken_at = UINT64_MAX;
  std::atomic<bool> cannot_open = false;
  std::atomic<std::uint64_t> ends_at = UINT64_MAX;
  std::atomic<int> readers = 0;

 private:
  class Source final : public ByteSource {
   public:
    Source(std::shared_ptr<Growing> of, Extent extent)
        : of_(std::move(of)), extent_(extent), share_(of_->runtime_.pool().open_share("growing")) {
      ++of_->readers;
    }
    ~Source() override { --of_->readers; }
    const ObjectInfo& info() const override { return info_; }
    Task<std::optional<Chunk>> co_read(std::size_t) override {
      if (extent_.length == 0 || extent_.offset >= of_->ends_at) co_return std::nullopt;
      while (of_->written_ <= extent_.offset) {
        const std::uint64_t seen = of_->grown_.epoch();
        if (of_->written_ <= extent_.offset) co_await of_->grown_.co_wait(seen);
      }
      if (extent_.offset >= of_->broken_at) throw Error(ErrorKind::writer_failed, "its writer failed");
      Buffer buffer = share_.need(50'000);
      const std::uint64_t until =
          std::min({of_->written_.load(), of_->broken_at.load(), of_->ends_at.load(), extent_.end()});
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), until - extent_.offset));
      for (std::size_t i = 0; i < size; ++i) buffer.data()[i] = static_cast<std::byte>(pattern_at(extent_.offset + i));
      extent_.offset += size;
      extent_.length -= std::min<std::uint64_t>(size, extent_.length);
      co_return std::move(buffer).share(size);
    }

   private:
    std::shared_ptr<Growing> of_;
    Extent extent_;
    BudgetShare share_;
    ObjectInfo info_;
  };

  Runtime& runtime_;
  std::uint64_t total_;
  bool size_is_known_;
  std::atomic<std::uint64_t> written_;
  Signal grown_;
};

/// A client over a plain socket.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval patience{60, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { close(); }

  bool connected() const { return connected_; }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  void send(const std::string& text) const {
    ASSERT_EQ(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  /// What comes until `count` bytes are there or the connection is at its end.
  std::string receive(std::size_t count = SIZE_MAX) {
    std::string text;
    std::vector<char> piece(65536);
    while (text.size() < count) {
      const ssize_t got = ::recv(socket_, piece.data(), std::min(piece.size(), count - text.size()), 0);
      broken = got < 0 && errno == ECONNRESET;
      if (got <= 0) break;
      text.append(piece.data(), static_cast<std::size_t>(got));
    }
    return text;
  }
  /// A head, up to its empty line.
  std::string receive_head() {
    std::string text;
    while (!text.ends_with("\r\n\r\n")) {
      const std::string byte = receive(1);
      if (byte.empty()) break;
      text += byte;
    }
    return text;
  }

  bool broken = false;  // The last receive ended in a reset.

 private:
  int socket_;
  bool connected_ = false;
};

struct CurlRan {
  int code = 0;
  std::string output;
};

CurlRan curl(const std::string& arguments) {
  CurlRan ran;
  FILE* pipe = ::popen(("curl --silent --show-error --max-time 60 --noproxy '*' " + arguments + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return ran;
  std::vector<char> piece(65536);
  for (std::size_t got = 0; (got = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;)
    ran.output.append(piece.data(), got);
  ran.code = WEXITSTATUS(::pclose(pipe));
  return ran;
}

template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

class RangeServerTest : public testing::TestWithParam<LoopKind> {
 protected:
  ~RangeServerTest() override { loop.run(server.co_stop()); }

  std::shared_ptr<Growing> serve(std::uint64_t total, bool size_is_known = true) {
    auto resource = std::make_shared<Growing>(loop.runtime(), total, size_is_known);
    server.add("data.txt", resource);
    return resource;
  }
  std::string url() const { return server.url("data.txt"); }
  std::string path() const { return url().substr(url().find('/', 7)); }
  std::string request(const std::string& headers = "") const {
    return "GET " + path() + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
  }

  TestLoop loop{GetParam()};
  RangeServer server{loop.runtime(), 8};
};

INSTANTIATE_TEST_SUITE_P(, RangeServerTest, testing::ValuesIn(test::all_loop_kinds),
                         [](const auto& info) { return test::to_string(info.param); });

TEST_P(RangeServerTest, gives_the_whole_and_ranges_of_a_known_size) {
  serve(10'000'000);
  EXPECT_EQ(curl(url()).output, pattern(0, 10'000'000));
  EXPECT_EQ(curl("-r 5-14 " + url()).output, pattern(5, 10));
  EXPECT_EQ(curl("-r 9999990- " + url()).output, pattern(9'999'990, 10));
  EXPECT_EQ(curl("-r -10 " + url()).output, pattern(9'999'990, 10));
  EXPECT_EQ(curl("-o /dev/null -r 10000000- -w '%{http_code}' " + url()).output, "416");
  EXPECT_THAT(curl("--head " + url()).output, HasSubstr("Content-Length: 10000000"));
}

TEST_P(RangeServerTest, a_range_under_a_condition_that_cannot_hold_gets_the_whole) {
  serve(1000);
  EXPECT_EQ(curl("-H 'If-Range: \"other\"' -r 10-19 " + url()).output, pattern(0, 1000));
}

TEST_P(RangeServerTest, gives_an_unknown_size_in_chunks_without_ranges) {
  serve(3'000'000, false);
  EXPECT_EQ(curl(url()).output, pattern(0, 3'000'000));
  const std::string head = curl("--head " + url()).output;
  EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_THAT(head, testing::Not(HasSubstr("Accept-Ranges")));
  EXPECT_EQ(curl("--http1.0 " + url()).output, pattern(0, 3'000'000));
}

TEST_P(RangeServerTest, an_empty_resource_is_empty) {
  serve(0);
  EXPECT_EQ(curl("-w '%{http_code} %{size_download}' " + url()).output, "200 0");
  serve(0, false);
  EXPECT_EQ(curl("-w '%{http_code} %{size_download}' " + url()).output, "200 0");
}

TEST_P(RangeServerTest, one_connection_answers_many_requests) {
  serve(1'000'000);
  const CurlRan ran =
      curl("-r 0-9 " + url() + " --next -s -r 100-109 " + url() + " --next -s -w '%{num_connects}' -r 5-5 " + url());
  EXPECT_EQ(ran.output, pattern(0, 10) + pattern(100, 10) + pattern(5, 1) + "0");
}

TEST_P(RangeServerTest, requests_sent_ahead_are_answered_in_turn) {
  serve(100);
  RawClient client(server.port());
  client.send(request("Range: bytes=0-1\r\n") + request("Range: bytes=10-11\r\n") +
              request("Connection: close\r\nRange: bytes=20-21\r\n"));
  const std::string answers = client.receive();
  EXPECT_FALSE(client.broken);
  EXPECT_THAT(answers, HasSubstr("Content-Range: bytes 0-1/100"));
  EXPECT_THAT(answers, HasSubstr(pattern(10, 2)));
  EXPECT_THAT(answers, EndsWith("\r\n\r\n" + pattern(20, 2)));
}

TEST_P(RangeServerTest, a_head_may_arrive_in_pieces) {
  serve(100);
  RawClient client(server.port());
  for (const char c : request("Connection: close\r\n")) client.send(std::string(1, c));
  EXPECT_THAT(client.receive(), EndsWith(pattern(0, 100)));
}

TEST_P(RangeServerTest, a_range_that_is_not_yet_written_waits) {
  auto resource = serve(1'000'000);
  resource->write_up_to(1000);
  RawClient client(server.port());
  client.send(request("Range: bytes=500-1499\r\nConnection: close\r\n"));
  EXPECT_THAT(client.receive_head(), HasSubstr("206"));
  EXPECT_EQ(client.receive(500), pattern(500, 500));
  resource->write_up_to(1200);
  EXPECT_EQ(client.receive(200), pattern(1000, 200));
  resource->write_up_to(1'000'000);
  EXPECT_EQ(client.receive(), pattern(1200, 300));
}

TEST_P(RangeServerTest, what_is_written_arrives_at_once) {
  auto resource = serve(1'000'000, false);
  resource->write_up_to(10);
  RawClient client(server.port());
  client.send(request("Connection: close\r\n"));
  client.receive_head();
  EXPECT_EQ(client.receive(3 + 10 + 2), "a\r\n" + pattern(0, 10) + "\r\n");
  resource->write_up_to(26);
  EXPECT_EQ(client.receive(4 + 16 + 2), "10\r\n" + pattern(10, 16) + "\r\n");
  resource->write_up_to(1'000'000);
  EXPECT_THAT(client.receive(), EndsWith("\r\n0\r\n\r\n"));
}

TEST_P(RangeServerTest, a_source_that_fails_never_looks_like_an_end) {
  for (const bool size_is_known : {true, false}) {
    auto resource = serve(10'000'000, size_is_known);
    resource->broken_at = 5'000'000;
    const CurlRan ran = curl("-o /dev/null " + url());
    EXPECT_NE(ran.code, 0) << ran.output;
    const CurlRan old = curl("--http1.0 -o /dev/null " + url());
    EXPECT_NE(old.code, 0) << old.output;
    EXPECT_TRUE(eventually([&] { return resource->readers == 0; }));
  }
}

TEST_P(RangeServerTest, a_source_that_ends_before_its_size_breaks_off) {
  auto resource = serve(1000);
  resource->ends_at = 600;
  RawClient client(server.port());
  client.send(request());
  client.receive_head();
  client.receive();
  EXPECT_TRUE(client.broken);
}

TEST_P(RangeServerTest, what_cannot_be_opened_is_an_error_of_the_server) {
  auto resource = serve(1000);
  resource->cannot_open = true;
  EXPECT_EQ(curl("-o /dev/null -w '%{http_code}' " + url()).output, "500");
}

TEST_P(RangeServerTest, a_client_that_leaves_early_is_let_go) {
  auto resource = serve(100'000'000);
  EXPECT_EQ(curl(url() + " | head -c 10").output, pattern(0, 10));
  EXPECT_TRUE(eventually([&] { return resource->readers == 0; }));
}

TEST_P(RangeServerTest, a_client_that_leaves_while_it_is_kept_waiting_is_let_go) {
  auto resource = serve(1'000'000);
  resource->write_up_to(10);
  RawClient client(server.port());
  client.send(request());
  client.receive_head();
  EXPECT_EQ(client.receive(10), pattern(0, 10));
  EXPECT_EQ(resource->readers, 1);
  client.close();
  EXPECT_TRUE(eventually([&] { return resource->readers == 0; }));
}

TEST_P(RangeServerTest, a_client_that_is_closed_for_its_silence_still_gets_all_of_its_answer) {
  RangeServer strict(loop.runtime(), 8, std::chrono::milliseconds(10));
  strict.add("data.txt", std::make_shared<Growing>(loop.runtime(), 200'000, true));
  const std::string url = strict.url("data.txt");
  RawClient client(strict.port());
  client.send("GET " + url.substr(url.find('/', 7)) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  client.receive_head();
  EXPECT_TRUE(eventually([&] { return strict.connections() == 0; }));
  EXPECT_EQ(client.receive(), pattern(0, 200'000));
  EXPECT_FALSE(client.broken);
  loop.run(strict.co_stop());
}

TEST_P(RangeServerTest, other_names_and_wrong_secrets_are_not_found) {
  serve(100);
  const std::string base = "http://127.0.0.1:" + std::to_string(server.port());
  std::string wrong = url();
  const std::size_t last = wrong.find("/data.txt") - 1;
  wrong[last] = wrong[last] == '0' ? '1' : '0';
  for (const std::string& other : {server.url("other"), base + "/", base + "/data.txt", wrong}) {
    EXPECT_EQ(curl("-o /dev/null -w '%{http_code}' " + other).output, "404") << other;
  }
  server.remove("data.txt");
  EXPECT_EQ(curl("-o /dev/null -w '%{http_code}' " + url()).output, "404");
}

TEST_P(RangeServerTest, every_server_has_another_secret_of_192_bits) {
  RangeServer other(loop.runtime());
  const auto secret = [](const RangeServer& of) {
    const std::string url = of.url("n");
    const std::size_t start = url.find('/', 7) + 1;
    return url.substr(start, url.size() - start - 2);
  };
  EXPECT_EQ(secret(server).size(), 48U);
  EXPECT_NE(secret(server), secret(other));
  loop.run(other.co_stop());
}

TEST_P(RangeServerTest, other_methods_are_refused) {
  serve(100);
  EXPECT_EQ(curl("-X DELETE -o /dev/null -w '%{http_code}' " + url()).output, "405");
  EXPECT_EQ(curl("-X POST -d '' -o /dev/null -w '%{http_code}' " + url()).output, "405");
}

TEST_P(RangeServerTest, what_is_no_request_is_refused_and_closed) {
  serve(100);
  const std::vector<std::pair<std::string, std::string>> table = {
      {"hello\r\n\r\n", "HTTP/1.1 400 "},
      {"GET / HTTP/9.9\r\n\r\n", "HTTP/1.1 400 "},
      {"GET " + path() + " HTTP/1.1\r\nbad header\r\n\r\n", "HTTP/1.1 400 "},
      {request("Content-Length: 5\r\n") + "hello", "HTTP/1.1 400 "},
      {request("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", "HTTP/1.1 400 "},
      {request("X: " + std::string(9000, 'x') + "\r\n"), "HTTP/1.1 431 "},
      {"GET /" + std::string(20'000, 'x'), "HTTP/1.1 431 "},
  };
  for (const auto& [bytes, answer] : table) {
    RawClient client(server.port());
    client.send(bytes);
    const std::string got = client.receive();
    EXPECT_THAT(got, StartsWith(answer)) << bytes.substr(0, 60);
    EXPECT_THAT(got, HasSubstr("Connection: close"));
    EXPECT_FALSE(client.broken);
  }
}

TEST_P(RangeServerTest, more_clients_than_places_are_served_in_turn) {
  serve(200'000);
  std::vector<std::thread> clients;
  std::atomic<int> right = 0;
  for (int i = 0; i < 40; ++i) {
    clients.emplace_back([&] {
      RawClient client(server.port());
      client.send(request("Connection: close\r\n"));
      if (client.receive().ends_with(pattern(199'900, 100))) ++right;
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(right, 40);
  EXPECT_LE(server.connections(), 8U);
}

TEST_P(RangeServerTest, stopping_ends_clients_that_wait_and_gives_everything_back) {
  auto resource = serve(1'000'000);
  resource->write_up_to(10);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(request());
    clients.back()->receive_head();
  }
  RawClient silent(server.port());
  EXPECT_TRUE(eventually([&] { return server.connections() == 6; }));
  loop.run(server.co_stop());
  EXPECT_EQ(server.connections(), 0U);
  EXPECT_EQ(resource->readers, 0);
  for (const auto& client : clients) {
    client->receive();
    EXPECT_TRUE(client->broken);
  }
  EXPECT_EQ(loop.runtime().pool().use().granted, 0U);
  EXPECT_TRUE(eventually([&] { return !RawClient(server.port()).connected(); }));
}

}  // namespace
}  // namespace coffer
