#include "cli/console.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <utility>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/text.hpp"

namespace coffer::cli {
namespace {

constexpr std::size_t kept_back = std::size_t{64} << 10U;
// For a reader, once the user wants to end.
constexpr std::chrono::milliseconds last_wait(200);
constexpr std::string_view erase_line = "\r\x1b[K";

/// The errno of the failure; 0 where all was written.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(descriptor, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return 0;
}

/// The same, where the reader may be slow and the user impatient: what is left of the text stays in it. A pipe or
/// terminal that poll calls writable takes PIPE_BUF bytes without blocking.
int write_patiently(int descriptor, std::string_view& text, int interrupt) {
  while (!text.empty()) {
    std::array<pollfd, 2> waits = {pollfd{descriptor, POLLOUT, 0}, pollfd{interrupt, POLLIN, 0}};
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return errno;
    if (waits[0].revents == 0 && waits[1].revents != 0) return ECANCELED;
    if (waits[0].revents == 0) continue;
    const std::string_view part = text.substr(0, PIPE_BUF);
    if (const int failed = write_all(descriptor, part); failed != 0) return failed;
    text.remove_prefix(part.size());
  }
  return 0;
}

/// Writes what is taken before the time is over, or then at once; the rest is given up. Whether there is none.
bool write_soon(int descriptor, std::string_view text, std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!text.empty()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd wait = {descriptor, POLLOUT, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(std::max(left, std::chrono::milliseconds(0)).count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const std::string_view part = text.substr(0, PIPE_BUF);
    if (write_all(descriptor, part) != 0) return false;
    text.remove_prefix(part.size());
  }
  return true;
}

bool in_background() {
  const pid_t front = ::tcgetpgrp(STDERR_FILENO);
  return front > 0 && front != ::getpgrp();
}

/// What somebody else said, line by line, so that it is told apart from our own words.
std::string indented(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines += "  " + printable(text.substr(0, end)) + "\n";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

JsonObject facts_of(const Error& error) {
  JsonObject facts;
  facts.text("kind", to_string(error.kind())).text("message", error.message());
  if (!error.operation().empty()) facts.text("operation", error.operation());
  if (!error.uri().empty()) facts.text("uri", error.uri());
  if (error.code()) facts.text("code", error.code().message());
  if (!error.server_text().empty()) facts.text("server_text", error.server_text());
  facts.flag("retry", error.retry() == Retry::yes);
  if (error.cause() != nullptr) facts.text("cause", error.cause()->what());
  return facts;
}

std::string line_of(const Error& error) {
  JsonObject line;
  line.object("error", facts_of(error));
  return line.str() + "\n";
}

}  // namespace

void Console::result(std::string_view line) {
  const std::lock_guard lock(mutex_);
  put(line);
}

void Console::result(const JsonObject& object) {
  const std::lock_guard lock(mutex_);
  put(object.str());
}

void Console::put(std::string_view line) {
  if (output_taken_) {
    undraw_locked();
    put_error(std::string(line) + "\n");
    return;
  }
  waiting_ += line;
  waiting_ += '\n';
  if (waiting_.size() >= kept_back || ::isatty(STDOUT_FILENO) == 1) flush_locked();
}

void Console::flush() {
  const std::lock_guard lock(mutex_);
  flush_locked();
}

void Console::flush_locked() {
  if (waiting_.empty()) return;
  // Both may be the same terminal.
  undraw_locked();
  const std::string lines = std::exchange(waiting_, std::string());
  std::string_view left = lines;
  const int failed = write_patiently(STDOUT_FILENO, left, interrupt_);
  if (failed == ECANCELED) {
    waiting_ = left;
    throw Error(ErrorKind::cancelled, "interrupted").during("write").about(std::string(standard_output));
  }
  if (failed != 0) throw Error::from_errno(failed, "write").during("write").about(std::string(standard_output));
}

void Console::note(std::string_view line) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  say(line);
}

void Console::complain(std::string_view line) {
  const std::lock_guard lock(mutex_);
  say(line);
}

void Console::error(const Error& error) {
  const std::lock_guard lock(mutex_);
  // Without -q the words were shown as they came; with it, more than a line of them stands below, whole.
  const bool below = quiet_ && error.server_text().find('\n') != std::string::npos;
  say(below ? Error(error).server_said("").what() : error.what());
  if (below) {
    put_error(indented(error.server_text()));
  }
  put_json(error);
}

void Console::tell(const Error& error) {
  const std::lock_guard lock(mutex_);
  put_json(error);
}

void Console::put_json(const Error& error) {
  if (!json_) return;
  const std::string line = line_of(error);
  if (output_taken_) return put_error(line);
  // Where standard output is gone there is nobody left to tell.
  std::string_view left = line;
  (void)write_patiently(STDOUT_FILENO, left, interrupt_);
}

void Console::put_error(std::string_view text) {
  std::chrono::milliseconds time(0);
  if (!error_stuck_) {
    // Without standard error there is nowhere to complain.
    if (write_patiently(STDERR_FILENO, text, interrupt_) != ECANCELED) return;
    time = last_wait;
  }
  error_stuck_ = !write_soon(STDERR_FILENO, text, time);
}

void Console::interrupted(const Error& error) {
  const std::lock_guard lock(mutex_);
  say("interrupted");
  if (!json_) return;
  if (output_taken_) {
    put_error(line_of(error));
  } else {
    (void)write_soon(STDOUT_FILENO, waiting_ + line_of(error), last_wait);
  }
}

void Console::say(std::string_view line) {
  undraw_locked();
  std::string text = "coffer: ";
  text += line;
  text += '\n';
  put_error(text);
}

void Console::said(std::string_view who, std::string_view lines) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  undraw_locked();
  std::string text;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    text.append(printable(who)).append(": ").append(printable(lines.substr(0, end))).append("\n");
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
  put_error(text);
}

void Console::draw(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  if (in_background()) return;
  std::string text = erasing();
  text += lines;
  put_error(text);
  drawn_ = 1 + static_cast<std::size_t>(std::ranges::count(lines, '\n'));
}

void Console::undraw() {
  const std::lock_guard lock(mutex_);
  undraw_locked();
}

void Console::undraw_locked() {
  if (drawn_ == 0) return;
  put_error(erasing());
  drawn_ = 0;
}

std::string Console::erasing() const {
  if (drawn_ <= 1) return std::string(erase_line);
  return "\x1b[" + std::to_string(drawn_ - 1) + "A\r\x1b[J";
}

bool can_draw() {
  const char* kind = std::getenv("TERM");
  const bool dumb = kind != nullptr && std::string_view(kind) == "dumb";
  return ::isatty(STDERR_FILENO) == 1 && !dumb;
}

std::size_t terminal_width() {
  winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return size.ws_col;
  return 80;
}

std::size_t terminal_height() {
  winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row != 0) return size.ws_row;
  return 24;
}

bool is_broken_output(const Error& error) {
  for (const Error* cause = &error; cause != nullptr; cause = cause->cause()) {
    if (cause->code() == std::errc::broken_pipe && cause->uri() == standard_output) return true;
  }
  return false;
}

}  // namespace coffer::cli
