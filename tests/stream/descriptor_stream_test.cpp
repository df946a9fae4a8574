#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <coffer/async/runtime.hpp>
#include <coffer/base/checksum.hpp>
#include <coffer/base/error.hpp>
#include <coffer/stream/descriptor_stream.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "support/sample_bytes.hpp"
#include "support/test_loop.hpp"

namespace coffer {
namespace {

namespace asio = boost::asio;
using test::LoopKind;
using test::TestLoop;

constexpr int deadline_ms = 60'000;

/// A pipe whose two ends are closed by who takes them, or at the end.
class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw Error::from_errno(errno, "pipe2");
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_reader();
    close_writer();
  }
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  int take_reader() { return std::exchange(ends_[0], -1); }
  int take_writer() { return std::exchange(ends_[1], -1); }
  void close_reader() { close(ends_[0]); }
  void close_writer() { close(ends_[1]); }
  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t put = ::write(writer(), text.data(), text.size());
      if (put < 0) throw Error::from_errno(errno, "write");
      text.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  std::string read_all() {
    std::string all;
    std::array<char, 65536> part = {};
    for (;;) {
      const ssize_t got = ::read(reader(), part.data(), part.size());
      if (got <= 0) return all;
      all.append(part.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  static void close(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
  std::array<int, 2> ends_ = {-1, -1};
};

/// Waits until poll says so of the descriptor, for as long as no test should take.
bool becomes(int descriptor, short events) {
  pollfd wait = {descriptor, events, 0};
  return ::poll(&wait, 1, deadline_ms) == 1;
}

Task<std::string> co_read_some(ByteSource& source, std::size_t at_most = 0) {
  const std::optional<Chunk> chunk = co_await source.co_read(at_most);
  if (!chunk) co_return "the end";
  co_return std::string(chunk->text());
}

Task<std::string> co_read_rest(ByteSource& source) {
  std::string all;
  for (;;) {
    const std::optional<Chunk> chunk = co_await source.co_read();
    if (!chunk) co_return all;
    all += chunk->text();
  }
}

Task<Stored> co_write_text(ByteSink& sink, std::string_view text) {
  while (!text.empty()) {
    Buffer buffer = co_await sink.co_buffer(std::size_t{1} << 20U);
    const std::size_t part = std::min(buffer.size(), text.size());
    std::memcpy(buffer.data(), text.data(), part);
    text.remove_prefix(part);
    Chunk chunk = std::move(buffer).share(part);
    co_await sink.co_write(std::move(chunk));
  }
  Stored stored = co_await sink.co_commit();
  co_return stored;
}

/// A task under way that can be cancelled; on a strand, for a signal is emitted where its task runs.
template <class T>
class Cancellable {
 public:
  Cancellable(Runtime& runtime, Task<T> task)
      : executor_(asio::make_strand(runtime.executor())), answer_(promise_->get_future()) {
    auto done = [promise = promise_, signal = signal_](std::exception_ptr error, T value) {
      if (error) {
        promise->set_exception(std::move(error));
      } else {
        promise->set_value(std::move(value));
      }
    };
    asio::co_spawn(executor_, std::move(task), asio::bind_cancellation_slot(signal_->slot(), std::move(done)));
  }
  void cancel() {
    asio::post(executor_, [signal = signal_] { signal->emit(asio::cancellation_type::terminal); });
  }
  T result() { return answer_.get(); }

 private:
  asio::any_io_executor executor_;
  std::shared_ptr<std::promise<T>> promise_ = std::make_shared<std::promise<T>>();
  std::shared_ptr<asio::cancellation_signal> signal_ = std::make_shared<asio::cancellation_signal>();
  std::future<T> answer_;
};

ErrorKind kind_of(const std::function<void()>& call) {
  try {
    call();
  } catch (...) {
    // Between two awaits it is Asio itself that throws.
    return to_error(std::current_exception()).kind();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorKind::io;
}

class DescriptorStreamOn : public testing::TestWithParam<LoopKind> {
 protected:
  SourcePtr source(int descriptor) {
    return make_descriptor_source(loop.runtime(), DescriptorConfig(descriptor, "a pipe"));
  }
  SinkPtr sink(int descriptor) { return make_descriptor_sink(loop.runtime(), DescriptorConfig(descriptor, "a pipe")); }
  TestLoop loop{GetParam(), RuntimeConfig().budget(std::size_t{4} << 20U)};
};

TEST_P(DescriptorStreamOn, a_pipe_is_read_to_its_end) {
  Pipe pipe;
  const std::string sent = test::sample_bytes((std::size_t{9} << 20U) + 17);
  std::thread writer([&] {
    pipe.write(sent);
    pipe.close_writer();
  });
  const SourcePtr from = source(pipe.reader());
  EXPECT_TRUE(loop.run(co_read_rest(*from)) == sent);
  EXPECT_EQ(loop.run(co_read_some(*from)), "the end");
  writer.join();
}

TEST_P(DescriptorStreamOn, what_has_come_is_given_to_a_waiting_reader_before_more_comes) {
  Pipe pipe;
  const SourcePtr from = source(pipe.reader());
  pipe.write("first");
  EXPECT_EQ(loop.run(co_read_some(*from)), "first");
  Cancellable<std::string> waiting(loop.runtime(), co_read_some(*from));
  pipe.write("second");
  EXPECT_EQ(waiting.result(), "second");
}

TEST_P(DescriptorStreamOn, what_lies_in_the_pipe_comes_in_one_chunk) {
  Pipe pipe;
  std::string sent;
  for (int i = 0; i < 500; ++i) {
    pipe.write("ten bytes ");
    sent += "ten bytes ";
  }
  const SourcePtr from = source(pipe.reader());
  EXPECT_EQ(loop.run(co_read_some(*from)), sent);
}

TEST_P(DescriptorStreamOn, no_more_comes_than_was_asked_for) {
  Pipe pipe;
  pipe.write("abcdef");
  pipe.close_writer();
  const SourcePtr from = source(pipe.reader());
  EXPECT_EQ(loop.run(co_read_some(*from, 2)), "ab");
  EXPECT_EQ(loop.run(co_read_some(*from, 3)), "cde");
  EXPECT_EQ(loop.run(co_read_some(*from, 3)), "f");
  EXPECT_EQ(loop.run(co_read_some(*from, 3)), "the end");
}

TEST_P(DescriptorStreamOn, a_cancelled_read_loses_no_bytes) {
  Pipe pipe;
  const SourcePtr from = source(pipe.reader());
  Cancellable<std::string> waiting(loop.runtime(), co_read_some(*from));
  waiting.cancel();
  EXPECT_EQ(kind_of([&] { waiting.result(); }), ErrorKind::cancelled);
  pipe.write("still here");
  pipe.close_writer();
  EXPECT_EQ(loop.run(co_read_rest(*from)), "still here");
}

TEST_P(DescriptorStreamOn, a_dropped_source_lets_go_of_a_descriptor_that_it_owns) {
  Pipe pipe;
  SourcePtr from = make_descriptor_source(loop.runtime(), DescriptorConfig(pipe.take_reader(), "a pipe").owned(true));
  pipe.write("read ahead");
  EXPECT_EQ(loop.run(co_read_some(*from)), "read ahead");
  from.reset();
  // The write end sees an error once the last reader is closed.
  EXPECT_TRUE(becomes(pipe.writer(), 0));
}

TEST_P(DescriptorStreamOn, descriptors_stay_blocking_and_borrowed_ones_stay_open) {
  Pipe pipe;
  {
    const SourcePtr from = source(pipe.reader());
    const SinkPtr to = sink(pipe.writer());
    loop.run(co_write_text(*to, "x"));
    EXPECT_EQ(loop.run(co_read_some(*from)), "x");
  }
  EXPECT_EQ(::fcntl(pipe.reader(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(::fcntl(pipe.writer(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_P(DescriptorStreamOn, a_read_that_fails_names_the_descriptor) {
  const int folder = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  SourcePtr from = make_descriptor_source(loop.runtime(), DescriptorConfig(folder, "the root").owned(true));
  try {
    loop.run(co_read_some(*from));
    FAIL() << "a folder was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), std::errc::is_a_directory);
    EXPECT_EQ(error.uri(), "the root");
  }
}

TEST_P(DescriptorStreamOn, a_source_goes_on_where_others_hold_the_whole_budget) {
  BudgetShare greedy = loop.runtime().pool().open_share("greedy");
  std::vector<Buffer> held;
  while (std::optional<Buffer> more = greedy.try_more(largest_buffer)) held.push_back(std::move(*more));
  while (loop.runtime().pool().use().granted < loop.runtime().pool().use().budget)
    held.push_back(greedy.need(smallest_buffer));
  Pipe pipe;
  const std::string sent = test::sample_bytes(std::size_t{1} << 20U);
  std::thread writer([&] {
    pipe.write(sent);
    pipe.close_writer();
  });
  const SourcePtr from = source(pipe.reader());
  EXPECT_TRUE(loop.run(co_read_rest(*from)) == sent);
  writer.join();
}

TEST_P(DescriptorStreamOn, all_that_was_written_goes_out_in_order) {
  Pipe pipe;
  const std::string sent = test::sample_bytes((std::size_t{9} << 20U) + 17);
  std::string got;
  std::thread reader([&] { got = pipe.read_all(); });
  {
    const SinkPtr to = sink(pipe.writer());
    const Stored stored = loop.run(co_write_text(*to, sent));
    EXPECT_EQ(stored.size, sent.size());
    EXPECT_EQ(stored.crc32c, crc32c(std::as_bytes(std::span(sent))));
    EXPECT_TRUE(stored.uri.empty());
  }
  pipe.close_writer();
  reader.join();
  EXPECT_TRUE(got == sent);
}

TEST_P(DescriptorStreamOn, a_reader_that_left_is_an_error_and_no_signal) {
  Pipe pipe;
  pipe.close_reader();
  const SinkPtr to = sink(pipe.writer());
  try {
    loop.run(co_write_text(*to, "nobody reads this"));
    FAIL() << "a broken pipe took bytes";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), std::errc::broken_pipe);
    EXPECT_EQ(error.uri(), "a pipe");
  }
}

TEST_P(DescriptorStreamOn, a_writer_waits_for_its_reader_within_the_budget) {
  Pipe pipe;
  const std::string sent = test::sample_bytes(std::size_t{32} << 20U);
  SinkPtr to = sink(pipe.writer());
  Cancellable<Stored> writing(loop.runtime(), co_write_text(*to, sent));
  std::string got(sent.size(), '\0');
  for (std::size_t at = 0; at < got.size();) {
    const ssize_t part = ::read(pipe.reader(), got.data() + at, std::min<std::size_t>(4096, got.size() - at));
    ASSERT_GT(part, 0);
    at += static_cast<std::size_t>(part);
  }
  EXPECT_EQ(writing.result().size, sent.size());
  EXPECT_TRUE(got == sent);
  EXPECT_LE(loop.runtime().pool().use().peak, loop.runtime().pool().use().budget + smallest_buffer);
}

TEST_P(DescriptorStreamOn, a_write_into_a_full_pipe_is_cancelled_at_once) {
  Pipe pipe;
  const SinkPtr to = sink(pipe.writer());
  const std::string sent = test::sample_bytes(std::size_t{8} << 20U);
  Cancellable<Stored> writing(loop.runtime(), co_write_text(*to, sent));
  ASSERT_TRUE(becomes(pipe.reader(), POLLIN));
  writing.cancel();
  EXPECT_EQ(kind_of([&] { writing.result(); }), ErrorKind::cancelled);
}

INSTANTIATE_TEST_SUITE_P(Loops, DescriptorStreamOn, testing::ValuesIn(test::all_loop_kinds),
                         [](const auto& info) { return test::to_string(info.param); });

}  // namespace
}  // namespace coffer
