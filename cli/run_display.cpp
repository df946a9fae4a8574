#include "cli/run_display.hpp"

#include <algorithm>
#include <exception>
#include <span>
#include <utility>

#include <coffer/base/byte_size.hpp>
#include <coffer/base/duration_text.hpp>

#include "cli/progress.hpp"
#include "cli/text.hpp"

namespace coffer::cli {
namespace {

constexpr auto redraw_each = std::chrono::milliseconds(100);
constexpr std::size_t longest_line = 4096;
constexpr std::size_t most_name = 24;

double as_seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

/// What is shown must not end what is done: out of memory for a line, the run goes on without it.
template <class Show>
void quietly(Show show) noexcept {
  try {
    show();
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace

std::string lines_said(std::string& unfinished, std::string_view bytes) {
  std::string lines;
  for (const char c : bytes) {
    if (c == '\n' || unfinished.size() >= longest_line) {
      unfinished.resize(unfinished.find_last_not_of('\r') + 1);
      const std::size_t anew = unfinished.rfind('\r');
      lines += unfinished.substr(anew == std::string::npos ? 0 : anew + 1) + "\n";
      unfinished.clear();
    }
    if (c != '\n') unfinished += c;
  }
  return lines;
}

RunDisplay::RunDisplay(Console& console, std::function<void()> give_up)
    : console_(console), draws_(can_draw() && !console.quiet()), give_up_(std::move(give_up)) {
  if (draws_) thread_ = std::thread([this] { redraw(); });
}

RunDisplay::~RunDisplay() { stop(); }

void RunDisplay::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  console_.undraw();
}

bool RunDisplay::gave_up() {
  const std::lock_guard lock(mutex_);
  return output_failed_ && is_broken_output(to_error(output_failed_));
}

void RunDisplay::check_output() {
  const std::lock_guard lock(mutex_);
  if (output_failed_) std::rethrow_exception(output_failed_);
}

void RunDisplay::redraw() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, redraw_each, [this] { return stopped_; })) {
    if (!running_.empty()) console_.draw(rows());
  }
}

RunDisplay::Row* RunDisplay::find(const std::string& pipe) {
  const auto row = std::ranges::find(running_, pipe, &Row::name);
  return row == running_.end() ? nullptr : &*row;
}

void RunDisplay::started(const std::string& pipe, std::chrono::nanoseconds at, bool is_ingest) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    Row row;
    row.name = pipe;
    row.started = std::chrono::steady_clock::now();
    running_.push_back(std::move(row));
    say(at, printable(pipe) + (is_ingest ? ": being stored" : ": started"));
    if (console_.json()) {
      JsonObject line;
      line.text("event", "started").text("pipe", pipe).flag("ingest", is_ingest).seconds("at", as_seconds(at));
      tell(line);
    }
  });
}

void RunDisplay::moved(const std::string& pipe, std::uint64_t bytes_in, std::uint64_t bytes_out) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    Row* const row = find(pipe);
    if (row == nullptr) return;
    row->bytes_in = bytes_in;
    row->bytes_out = bytes_out;
  });
}

void RunDisplay::committed(const std::string& name, const Stored& stored, std::chrono::nanoseconds at) noexcept {
  quietly([&] {
    if (!console_.json()) return;
    const std::lock_guard lock(mutex_);
    JsonObject line;
    line.text("event", "committed").text("name", name).text("uri", stored.uri.text()).number("size", stored.size);
    line.seconds("at", as_seconds(at));
    tell(line);
  });
}

void RunDisplay::said(const std::string& pipe, std::string_view bytes) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    Row* const row = find(pipe);
    if (row == nullptr) return;
    const std::string lines = lines_said(row->unfinished, bytes);
    if (!lines.empty()) console_.said(pipe, lines);
  });
}

void RunDisplay::finished(const PipeReport& done) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    ended(done.name);
    std::string words = printable(done.name) + (done.is_ingest ? ": stored " : ": done, ");
    words += format_byte_size(done.is_ingest ? done.bytes_in : done.bytes_out);
    if (!done.is_ingest) words += " from " + format_byte_size(done.bytes_in);
    words += " in " + format_duration(done.ended - done.started);
    say(done.ended, words);
    report("finished", done, nullptr);
  });
}

void RunDisplay::failed(const PipeReport& done, const Error& error) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    ended(done.name);
    const bool cancelled = error.kind() == ErrorKind::cancelled;
    say(done.ended, printable(done.name) + (cancelled ? ": cancelled" : ": failed"));
    report(cancelled ? "cancelled" : "failed", done, &error);
  });
}

void RunDisplay::warned(std::string_view line) noexcept {
  quietly([&] { console_.note("warning: " + printable(line)); });
}

void RunDisplay::say(std::chrono::nanoseconds at, const std::string& words) {
  console_.note(pad_left(format_duration(at), 9) + "  " + words);
}

std::string RunDisplay::rows() {
  const auto now = std::chrono::steady_clock::now();
  std::size_t names = 0;
  for (const Row& row : running_) names = std::max(names, std::min(row.name.size(), most_name));
  // The last column stays free: some terminals wrap as soon as it is filled.
  const std::size_t width = terminal_width() - 1;
  // What has scrolled out of the window cannot be erased.
  const std::size_t height = terminal_height();
  const std::size_t most = std::min(running_.size(), height > 3 ? height - 3 : 1);
  std::string lines;
  for (const Row& row : std::span(running_).first(most)) {
    std::string line =
        pad_right(shorten(printable(row.name), names), names) + "  " + pad_left(format_duration(now - row.started), 9);
    if (row.bytes_in > 0) line += "  " + format_byte_size(row.bytes_in) + " in";
    if (row.bytes_out > 0) line += "  " + format_byte_size(row.bytes_out) + " out";
    lines += shorten(line, width) + "\n";
  }
  if (most < running_.size()) lines += "and " + std::to_string(running_.size() - most) + " more\n";
  return lines + shorten("memory " + format_byte_size(memory_now()), width);
}

/// The last words of a command need no line break.
void RunDisplay::ended(const std::string& pipe) {
  Row* const row = find(pipe);
  if (row == nullptr) return;
  if (!row->unfinished.empty()) console_.said(pipe, lines_said(row->unfinished, "\n"));
  std::erase_if(running_, [&pipe](const Row& ended) { return ended.name == pipe; });
}

/// At once: who reads the lines wants to see the run go on.
void RunDisplay::tell(const JsonObject& line) {
  if (output_failed_) return;
  try {
    console_.result(line);
    console_.flush();
  } catch (const Error&) {
    output_failed_ = std::current_exception();
    if (is_broken_output(to_error(output_failed_))) give_up_();
  }
}

void RunDisplay::report(const char* event, const PipeReport& done, const Error* error) {
  if (!console_.json()) return;
  JsonObject line;
  line.text("event", event).text("pipe", done.name).flag("ingest", done.is_ingest);
  line.seconds("started", as_seconds(done.started)).seconds("ended", as_seconds(done.ended));
  line.number("bytes_in", done.bytes_in).number("bytes_out", done.bytes_out);
  if (done.first_output) line.seconds("first_output", as_seconds(*done.first_output));
  if (error != nullptr) line.text("error", error->what());
  tell(line);
}

}  // namespace coffer::cli
