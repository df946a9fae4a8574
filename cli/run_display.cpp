#include "cli/run_display.hpp"

#include <exception>
#include <utility>

#include <coffer/base/byte_size.hpp>

#include "cli/progress.hpp"
#include "cli/text.hpp"

namespace coffer::cli {
namespace {

constexpr auto redraw = std::chrono::milliseconds(100);

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

RunDisplay::RunDisplay(Console& console) : console_(console), draws_(can_draw() && !console.quiet()) {}

void RunDisplay::started(const std::string& pipe, std::chrono::nanoseconds at, bool is_ingest) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    running_.insert_or_assign(pipe, Row());
    say(at, printable(pipe) + (is_ingest ? ": being stored" : ": started"));
    if (console_.json()) {
      JsonObject line;
      line.text("event", "started").text("pipe", pipe).flag("ingest", is_ingest).seconds("at", as_seconds(at));
      console_.result(line);
    }
  });
}

void RunDisplay::moved(const std::string& pipe, std::uint64_t bytes_in, std::uint64_t bytes_out) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    const auto row = running_.find(pipe);
    if (row == running_.end()) return;
    row->second.bytes_in = bytes_in;
    row->second.bytes_out = bytes_out;
    if (draws_) draw();
  });
}

void RunDisplay::committed(const std::string& name, const Stored& stored, std::chrono::nanoseconds at) noexcept {
  quietly([&] {
    if (!console_.json()) return;
    JsonObject line;
    line.text("event", "committed").text("name", name).text("uri", stored.uri.text()).number("size", stored.size);
    line.seconds("at", as_seconds(at));
    console_.result(line);
  });
}

void RunDisplay::finished(const PipeReport& done) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    running_.erase(done.name);
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
    running_.erase(done.name);
    const bool cancelled = error.kind() == ErrorKind::cancelled;
    say(done.ended, printable(done.name) + (cancelled ? ": cancelled" : ": failed"));
    report(cancelled ? "cancelled" : "failed", done, &error);
  });
}

void RunDisplay::warned(std::string_view line) noexcept {
  quietly([&] { console_.note(line); });
}

void RunDisplay::say(std::chrono::nanoseconds at, const std::string& words) {
  if (console_.json()) return;
  console_.note(pad_left(format_duration(at), 9) + "  " + words);
}

void RunDisplay::draw() {
  const auto now = std::chrono::steady_clock::now();
  if (now - drawn_ < redraw) return;
  drawn_ = now;
  std::string line;
  for (const auto& [name, row] : running_) {
    if (!line.empty()) line += "  ";
    line += printable(name) + " " + format_byte_size(row.bytes_in);
    if (row.bytes_out > 0) line += " → " + format_byte_size(row.bytes_out);
  }
  line += "  memory " + format_byte_size(memory_now());
  console_.draw(shorten(line, terminal_width() - 1));
}

void RunDisplay::report(const char* event, const PipeReport& done, const Error* error) {
  if (!console_.json()) return;
  JsonObject line;
  line.text("event", event).text("pipe", done.name).flag("ingest", done.is_ingest);
  line.seconds("started", as_seconds(done.started)).seconds("ended", as_seconds(done.ended));
  line.number("bytes_in", done.bytes_in).number("bytes_out", done.bytes_out);
  if (done.first_output) line.seconds("first_output", as_seconds(*done.first_output));
  if (error != nullptr) line.text("error", error->what());
  console_.result(line);
}

}  // namespace coffer::cli
