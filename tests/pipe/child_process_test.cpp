#include "pipe/child_process.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "async/signal.hpp"
#include "async/started.hpp"
#include "pipe/child_environment.hpp"
#include "support/test_loop.hpp"
#include "support/this_process.hpp"

namespace coffer {
namespace {

namespace asio = boost::asio;
using test::is_alive;
using test::LoopKind;
using test::open_descriptors;
using test::TestLoop;
using testing::HasSubstr;

/// Gives `total` bytes, byte i being i % 251, in chunks of 100 000; then ends, fails, or waits for ever.
class Pattern final : public ByteSource {
 public:
  enum class Then : std::uint8_t { end, fail, wait };
  Pattern(Runtime& runtime, std::uint64_t total, Then then = Then::end)
      : share_(runtime.pool().open_share("pattern")), total_(total), then_(then) {}

  const ObjectInfo& info() const override { return info_; }
  Task<std::optional<Chunk>> co_read(std::size_t) override {
    if (at_ == total_) {
      if (then_ == Then::fail) throw Error(ErrorKind::writer_failed, "the input broke");
      while (then_ == Then::wait) co_await signal_.co_wait(signal_.epoch());
      co_return std::nullopt;
    }
    Buffer buffer = share_.need(100'000);
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>({buffer.size(), 100'000, total_ - at_}));
    for (std::size_t i = 0; i < size; ++i) buffer.data()[i] = static_cast<std::byte>((at_ + i) % 251);
    at_ += size;
    co_return std::move(buffer).share(size);
  }

  /// On the executor of the reader.
  void finish() {
    then_ = Then::end;
    signal_.notify_all();
  }

 private:
  BudgetShare share_;
  std::uint64_t total_;
  std::uint64_t at_ = 0;
  Then then_;
  Signal signal_;
  ObjectInfo info_;
};

/// Keeps what is written, or checks it against the pattern; fails from `fail_at` bytes on.
class Collector final : public ByteSink {
 public:
  explicit Collector(Runtime& runtime, std::uint64_t fail_at = UINT64_MAX)
      : share_(runtime.pool().open_share("collector")), fail_at_(fail_at) {}

  Task<Buffer> co_buffer(std::size_t at_least) override { co_return share_.need(at_least); }
  Task<> co_write(Chunk chunk) override {
    while (paused_) co_await signal_.co_wait(signal_.epoch());
    if (bytes + chunk.size() > fail_at_) throw Error(ErrorKind::no_space, "the store is full");
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      if (chunk.data()[i] != static_cast<std::byte>((bytes + i) % 251)) is_pattern = false;
    }
    if (text.size() < 10'000) text += chunk.text();
    bytes += chunk.size();
    co_return;
  }
  Task<Stored> co_commit() override { throw Error(ErrorKind::unsupported, "nothing is stored here"); }

  /// On the executor of the writer.
  void pause() { paused_ = true; }
  void go_on() {
    paused_ = false;
    signal_.notify_all();
  }

  std::uint64_t bytes = 0;
  bool is_pattern = true;
  std::string text;

 private:
  BudgetShare share_;
  std::uint64_t fail_at_;
  bool paused_ = false;
  Signal signal_;
};

SpawnRequest request_of(std::vector<std::string> command) {
  return SpawnRequest(std::move(command)).environment(child_environment(own_environment()));
}

SpawnRequest shell(const std::string& text) { return request_of({"sh", "-c", text}); }

struct Ran {
  CommandEnd end;
  std::string last_lines;
};

Task<Ran> co_run(Runtime& runtime, SpawnRequest request, ByteSource* input, ByteSink* output) {
  std::unique_ptr<ChildProcess> child = co_await ChildProcess::co_start(runtime, std::move(request));
  Ran ran;
  ran.end = co_await child->co_run(input, output);
  ran.last_lines = child->last_lines();
  co_return ran;
}

/// Waits for what other processes do; ends the test's patience after a minute.
template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// Tasks run on a strand: on a loop of several threads a child belongs to one.
class ChildProcessTest : public testing::TestWithParam<LoopKind> {
 protected:
  Runtime& runtime() { return loop.runtime(); }
  template <class T>
  T run(Task<T> task) {
    return loop.run(asio::co_spawn(asio::make_strand(runtime().executor()), std::move(task), asio::use_awaitable));
  }
  Ran run(SpawnRequest request, ByteSource* input = nullptr, ByteSink* output = nullptr) {
    return run(co_run(runtime(), std::move(request), input, output));
  }

  TestLoop loop{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(, ChildProcessTest, testing::ValuesIn(test::all_loop_kinds),
                         [](const auto& info) { return test::to_string(info.param); });

TEST_P(ChildProcessTest, a_program_that_copies_gets_and_gives_every_byte) {
  constexpr std::uint64_t size = 64 << 20;
  Pattern input(runtime(), size);
  Collector output(runtime());
  const Ran ran = run(request_of({"cat"}).feeds(true).drains(true), &input, &output);
  EXPECT_TRUE(ran.end.status.success()) << ran.end.status.text();
  EXPECT_EQ(ran.end.bytes_in, size);
  EXPECT_EQ(ran.end.bytes_out, size);
  EXPECT_FALSE(ran.end.left_input);
  EXPECT_EQ(output.bytes, size);
  EXPECT_TRUE(output.is_pattern);
}

TEST_P(ChildProcessTest, a_program_that_stops_reading_early_is_no_error) {
  Pattern input(runtime(), 64 << 20);
  Collector output(runtime());
  const Ran ran = run(request_of({"head", "-c", "10"}).feeds(true).drains(true), &input, &output);
  EXPECT_TRUE(ran.end.status.success()) << ran.end.status.text();
  EXPECT_EQ(output.bytes, 10U);
  EXPECT_TRUE(ran.end.left_input);
  EXPECT_LT(ran.end.bytes_in, 64U << 20U);
}

TEST_P(ChildProcessTest, a_program_that_ends_is_not_kept_waiting_by_an_input_that_never_comes) {
  Pattern input(runtime(), 1000, Pattern::Then::wait);
  Collector output(runtime());
  const Ran ran = run(request_of({"head", "-c", "10"}).feeds(true).drains(true), &input, &output);
  EXPECT_TRUE(ran.end.status.success());
  EXPECT_TRUE(ran.end.left_input);
}

TEST_P(ChildProcessTest, an_empty_input_is_an_end_at_once) {
  Pattern input(runtime(), 0);
  Collector output(runtime());
  const Ran ran = run(request_of({"wc", "-c"}).feeds(true).drains(true), &input, &output);
  EXPECT_EQ(output.text, "0\n");
  EXPECT_TRUE(ran.end.status.success());
}

TEST_P(ChildProcessTest, exit_codes_and_signals_are_told_apart) {
  const Ran three = run(shell("exit 3"));
  EXPECT_EQ(three.end.status.code, 3);
  EXPECT_EQ(three.end.status.signal, 0);
  EXPECT_FALSE(three.end.status.success());
  EXPECT_EQ(three.end.status.text(), "exit status 3");
  const Ran killed = run(shell("kill -9 $$"));
  EXPECT_EQ(killed.end.status.signal, SIGKILL);
  EXPECT_FALSE(killed.end.status.success());
  EXPECT_EQ(killed.end.status.text(), "killed by signal 9 (Killed)");
}

TEST_P(ChildProcessTest, the_last_lines_of_stderr_are_kept_and_all_of_it_is_passed_on) {
  std::string heard;
  auto body = [](Runtime& runtime, std::string& into) -> Task<std::string> {
    ChildProcess::StderrListener listener = [&into](std::string_view piece) { into += piece; };
    SpawnRequest request = shell("for i in $(seq 1 5000); do echo line $i >&2; done; exit 1");
    auto child = co_await ChildProcess::co_start(runtime, std::move(request), std::move(listener));
    co_await child->co_run(nullptr, nullptr);
    co_return child->last_lines();
  };
  const std::string last = run(body(runtime(), heard));
  EXPECT_THAT(last, testing::StartsWith("line 4981\n"));
  EXPECT_THAT(last, testing::EndsWith("line 5000"));
  EXPECT_THAT(heard, testing::StartsWith("line 1\nline 2\n"));
  EXPECT_THAT(heard, testing::EndsWith("line 5000\n"));
}

TEST_P(ChildProcessTest, a_program_sees_the_standard_descriptors_alone) {
  // A descriptor that would be inherited, and another command's pipes.
  const int leaky = ::open("/dev/null", O_RDONLY);
  ASSERT_GE(leaky, 0);
  auto body = [](Runtime& runtime) -> Task<std::string> {
    SpawnRequest other = request_of({"cat"}).feeds(true);
    auto neighbour = co_await ChildProcess::co_start(runtime, std::move(other));
    Collector output(runtime);
    SpawnRequest request = shell("ls /proc/$$/fd").drains(true);
    auto child = co_await ChildProcess::co_start(runtime, std::move(request));
    co_await child->co_run(nullptr, &output);
    co_return output.text;
  };
  EXPECT_EQ(run(body(runtime())), "0\n1\n2\n");
  ::close(leaky);
}

TEST_P(ChildProcessTest, a_program_without_pipes_has_empty_ones) {
  const Ran ran = run(shell("test \"$(wc -c)\" = 0 && echo lost && readlink /proc/self/fd/0 >&2"));
  EXPECT_TRUE(ran.end.status.success());
  EXPECT_EQ(ran.last_lines, "/dev/null");
}

TEST_P(ChildProcessTest, signals_are_as_in_a_new_program) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  const Ran ran = run(shell("grep SigBlk /proc/self/status >&2; kill -PIPE $$"));
  std::signal(SIGPIPE, before);
  EXPECT_EQ(ran.last_lines, "SigBlk:\t0000000000000000");
  EXPECT_EQ(ran.end.status.signal, SIGPIPE);
}

TEST_P(ChildProcessTest, it_runs_in_its_folder_with_its_environment) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  Collector output(runtime());
  SpawnRequest request =
      SpawnRequest({"/bin/sh", "-c", "pwd -P; echo $A"}).environment({"A=b c"}).folder(folder).drains(true);
  run(std::move(request), nullptr, &output);
  EXPECT_EQ(output.text, std::filesystem::canonical(folder).string() + "\nb c\n");
}

TEST_P(ChildProcessTest, a_program_that_is_not_there_is_not_found) {
  try {
    run(request_of({"coffer-no-such-program"}));
    FAIL() << "it ran";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_THAT(error.message(), HasSubstr("'coffer-no-such-program'"));
  }
}

TEST_P(ChildProcessTest, a_broken_input_is_never_taken_for_a_whole_one) {
  const std::filesystem::path mark =
      std::filesystem::path(testing::TempDir()) / ("whole-" + std::to_string(::getpid()));
  Pattern input(runtime(), 1 << 20, Pattern::Then::fail);
  try {
    run(shell("cat > /dev/null; touch " + mark.string()).feeds(true), &input);
    FAIL() << "it ended well";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::writer_failed);
  }
  EXPECT_FALSE(std::filesystem::exists(mark));
}

TEST_P(ChildProcessTest, a_failing_output_ends_the_program) {
  Collector output(runtime(), 5 << 20);
  try {
    run(request_of({"cat", "/dev/zero"}).drains(true), nullptr, &output);
    FAIL() << "it ended";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::no_space);
  }
}

TEST_P(ChildProcessTest, a_program_that_leaves_others_behind_takes_them_along) {
  Collector output(runtime());
  // The one left behind has closed its stdout: nobody waits for it.
  const Ran ran = run(shell("sleep 1000 >/dev/null 2>&1 & echo $!").drains(true), nullptr, &output);
  EXPECT_TRUE(ran.end.status.success());
  const pid_t left = std::stoi(output.text);
  EXPECT_TRUE(eventually([&] { return !is_alive(left); }));
}

TEST_P(ChildProcessTest, one_that_is_left_behind_and_never_stops_talking_is_not_listened_to_for_ever) {
  Collector output(runtime());
  const Ran ran = run(shell("yes >&2 & echo done").drains(true), nullptr, &output);
  EXPECT_TRUE(ran.end.status.success());
}

TEST_P(ChildProcessTest, what_others_still_write_to_stdout_is_waited_for) {
  Collector output(runtime());
  run(shell("(sleep 0.1; echo late) & echo early").drains(true), nullptr, &output);
  EXPECT_EQ(output.text, "early\nlate\n");
}

/// Polls until the condition holds; a test that hangs is ended by its deadline.
Task<> co_until(std::function<bool()> condition) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (!condition()) {
    timer.expires_after(std::chrono::milliseconds(2));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

struct Cancelled {
  std::unique_ptr<ChildProcess> child;
  ErrorKind kind = ErrorKind::io;
  std::string text;
};

/// Runs a shell whose stdout is the ids of processes, and cancels when two lines have come.
Task<Cancelled> co_cancel_when_two_lines(Runtime& runtime, std::string text) {
  auto executor = co_await asio::this_coro::executor;
  Collector output(runtime);
  asio::cancellation_signal cancel;
  Cancelled result;
  SpawnRequest request = shell(text).drains(true);
  result.child = co_await ChildProcess::co_start(runtime, std::move(request));
  auto run = result.child->co_run(nullptr, &output);
  bool done = false;
  Signal ended;
  asio::co_spawn(executor, std::move(run),
                 asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr error, CommandEnd) {
                   if (error) result.kind = to_error(error).kind();
                   done = true;
                   ended.notify_all();
                 }));
  std::function<bool()> two_lines = [&] { return std::ranges::count(output.text, '\n') >= 2; };
  co_await co_until(two_lines);
  cancel.emit(asio::cancellation_type::terminal);
  while (!done) {
    const std::uint64_t seen = ended.epoch();
    if (done) break;
    co_await ended.co_wait(seen);
  }
  result.text = output.text;
  co_return result;
}

TEST_P(ChildProcessTest, cancelling_ends_the_whole_group) {
  const Cancelled cancelled =
      run(co_cancel_when_two_lines(runtime(), "sh -c 'echo $$; while :; do sleep 1; done' & echo $$; wait"));
  EXPECT_EQ(cancelled.kind, ErrorKind::cancelled);
  std::istringstream lines(cancelled.text);
  for (pid_t pid = 0; lines >> pid;) EXPECT_TRUE(eventually([&] { return !is_alive(pid); })) << pid;
}

TEST_P(ChildProcessTest, a_program_that_never_stops_talking_leaves_the_loop_to_others) {
  EXPECT_EQ(run(co_cancel_when_two_lines(runtime(), "yes >&2 & echo; echo; wait")).kind, ErrorKind::cancelled);
}

TEST_P(ChildProcessTest, a_program_may_tidy_up_before_it_is_killed) {
  const std::filesystem::path mark = std::filesystem::path(testing::TempDir()) / ("tidy-" + std::to_string(::getpid()));
  run(co_cancel_when_two_lines(
      runtime(), "trap 'touch " + mark.string() + "; exit 0' TERM; echo; echo; while :; do sleep 0.05; done"));
  EXPECT_TRUE(std::filesystem::remove(mark));
}

TEST_P(ChildProcessTest, a_program_that_will_not_end_is_killed_after_its_grace) {
  const std::filesystem::path mark = std::filesystem::path(testing::TempDir()) / ("deaf-" + std::to_string(::getpid()));
  auto body = [](Runtime& runtime, std::filesystem::path mark) -> Task<ExitStatus> {
    SpawnRequest request = shell("trap '' TERM; touch " + mark.string() + "; while :; do sleep 0.1; done");
    auto child = co_await ChildProcess::co_start(runtime, std::move(request));
    std::function<bool()> deaf = [&] { return std::filesystem::exists(mark); };
    co_await co_until(deaf);
    co_return co_await child->co_end(std::chrono::milliseconds(100));
  };
  EXPECT_EQ(run(body(runtime(), mark)).signal, SIGKILL);
  std::filesystem::remove(mark);
}

TEST_P(ChildProcessTest, dropping_a_program_kills_its_group_and_reaps_it) {
  auto body = [](Runtime& runtime) -> Task<pid_t> {
    SpawnRequest request = shell("sleep 1000");
    auto child = co_await ChildProcess::co_start(runtime, std::move(request));
    co_return child->pid();
  };
  const pid_t pid = run(body(runtime()));
  EXPECT_TRUE(run(runtime().co_close(std::chrono::minutes(1))));
  // Reaped: this process has no such child any more.
  EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), -1);
  EXPECT_TRUE(eventually([&] { return !is_alive(pid); }));
}

TEST_P(ChildProcessTest, many_programs_leave_neither_zombies_nor_descriptors) {
  run(request_of({"true"}));
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 200; ++i) {
    Pattern input(runtime(), 1000);
    Collector output(runtime());
    const Ran ran = run(request_of({"cat"}).feeds(true).drains(true), &input, &output);
    ASSERT_TRUE(ran.end.status.success());
  }
  run(runtime().co_close(std::chrono::minutes(1)));
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(test::children(), std::vector<std::string>());
}

TEST_P(ChildProcessTest, a_program_whose_stdin_is_empty_lacks_input) {
  auto body = [](Runtime& runtime) -> Task<CommandEnd> {
    Pattern input(runtime, 300'000, Pattern::Then::wait);
    Collector output(runtime);
    SpawnRequest request = request_of({"cat"}).feeds(true).drains(true);
    auto child = co_await ChildProcess::co_start(runtime, std::move(request));
    auto running = start(co_await asio::this_coro::executor, child->co_run(&input, &output));
    std::function<bool()> starved = [&] { return child->bytes_out() == 300'000 && child->lacks_input(); };
    co_await co_until(starved);
    input.finish();
    co_return co_await running.co_result();
  };
  EXPECT_TRUE(run(body(runtime())).status.success());
}

TEST_P(ChildProcessTest, a_program_whose_stdout_is_full_lacks_room) {
  auto body = [](Runtime& runtime) -> Task<CommandEnd> {
    Collector output(runtime);
    output.pause();
    SpawnRequest request = request_of({"head", "-c", "8M", "/dev/zero"}).drains(true);
    auto child = co_await ChildProcess::co_start(runtime, std::move(request));
    auto running = start(co_await asio::this_coro::executor, child->co_run(nullptr, &output));
    std::function<bool()> stuck = [&] { return child->lacks_room(); };
    co_await co_until(stuck);
    output.go_on();
    co_return co_await running.co_result();
  };
  const CommandEnd end = run(body(runtime()));
  EXPECT_TRUE(end.status.success());
  EXPECT_EQ(end.bytes_out, 8U << 20U);
}

TEST(WriteWithoutSigpipe, a_closed_pipe_is_an_answer_and_no_signal) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  ASSERT_EQ(std::signal(SIGPIPE, SIG_DFL), SIG_DFL);
  const std::byte byte{};
  EXPECT_EQ(write_without_sigpipe(ends[1], std::span(&byte, 1)), -EPIPE);
  sigset_t pending;
  ::sigpending(&pending);
  EXPECT_EQ(::sigismember(&pending, SIGPIPE), 0);
  ::close(ends[1]);
}

}  // namespace
}  // namespace coffer
