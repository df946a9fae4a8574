#include "cli/run_display.hpp"

#include <algorithm>
#include <exception>
#include <span>
#include <utility>

#include <coffer/base/byte_size.hpp>
#include <coffer/base/duration_text.hpp>

#include "cli/columns.hpp"
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

RunDisplay::RunDisplay(Console& console, const Pipeline& pipeline, std::function<void()> give_up)
    : console_(console), draws_(can_draw() && !console.quiet()), give_up_(std::move(give_up)) {
  for (const PipeSpec& pipe : pipeline.pipes()) {
    places_.emplace(pipe.name(), pipes_.size());
    Pipe& known = pipes_.emplace_back();
    known.name = pipe.name();
    for (const ReadSpec& read : pipe.reads()) known.reads.push_back(read.name);
    for (const ConditionSpec& condition : pipe.conditions()) known.reads.push_back(condition.name);
    for (const WriteSpec& write : pipe.writes()) known.writes.push_back(write.name);
    incomplete_.insert(known.writes.begin(), known.writes.end());
    for (const std::string& name : known.writes) ++writers_[name];
  }
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

RunDisplay::Running* RunDisplay::find(const std::string& pipe, bool is_ingest) {
  const auto found = std::ranges::find_if(
      running_, [&](const Running& running) { return running.is_ingest == is_ingest && running.row.name == pipe; });
  return found == running_.end() ? nullptr : &*found;
}

RunDisplay::Pipe* RunDisplay::known(const std::string& pipe) {
  const auto place = places_.find(pipe);
  return place == places_.end() ? nullptr : &pipes_[place->second];
}

std::vector<std::string> RunDisplay::missing(const Pipe& pipe) const {
  std::vector<std::string> names;
  for (const std::string& name : pipe.reads) {
    if (incomplete_.contains(name)) names.push_back(name);
  }
  return names;
}

void RunDisplay::started(const std::string& pipe, std::chrono::nanoseconds at, bool is_ingest) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    Running& running = running_.emplace_back();
    running.row.name = pipe;
    running.is_ingest = is_ingest;
    running.started = std::chrono::steady_clock::now();
    Pipe* const of = is_ingest ? nullptr : known(pipe);
    if (of != nullptr) of->has_started = true;
    if (is_ingest) incomplete_.insert(pipe);
    say(at, printable(pipe) + (is_ingest ? ": being stored" : ": started"));
    if (console_.json()) {
      JsonObject line;
      line.text("event", "started").text("pipe", pipe).flag("ingest", is_ingest).seconds("at", as_seconds(at));
      tell(line);
    }
  });
}

void RunDisplay::progressed(std::chrono::nanoseconds at, std::span<const PipeProgress> all) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    for (const PipeProgress& pipe : all) {
      Running* const running = find(std::string(pipe.name), pipe.is_ingest);
      if (running == nullptr) continue;
      running->row.bytes_in = pipe.bytes_in;
      running->row.bytes_out = pipe.bytes_out;
      running->row.elements = pipe.elements;
      running->row.elements_total = pipe.elements_total;
      running->activity = pipe.activity;
      running->rate.count(at, std::max(pipe.bytes_in, pipe.bytes_out));
    }
  });
}

void RunDisplay::committed(const std::string& name, const Stored& stored, std::chrono::nanoseconds at) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    incomplete_.erase(name);
    if (!console_.json()) return;
    JsonObject line;
    line.text("event", "committed").text("name", name).text("uri", stored.uri.text()).number("size", stored.size);
    line.seconds("at", as_seconds(at));
    tell(line);
  });
}

void RunDisplay::said(const std::string& pipe, std::string_view bytes) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    Running* const running = find(pipe, false);
    if (running == nullptr) return;
    const std::string lines = lines_said(running->unfinished, bytes);
    if (!lines.empty()) console_.said(pipe, lines);
  });
}

void RunDisplay::finished(const PipeReport& done) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    ended(done);
    std::string words = printable(done.name) + (done.is_ingest ? ": stored " : ": done, ");
    if (done.elements) words += std::to_string(*done.elements) + (done.elements == 1 ? " element, " : " elements, ");
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
    ended(done);
    const bool cancelled = error.kind() == ErrorKind::cancelled;
    say(done.ended, printable(done.name) + (cancelled ? ": cancelled" : ": failed"));
    report(cancelled ? "cancelled" : "failed", done, &error);
  });
}

void RunDisplay::warned(std::string_view line) noexcept {
  quietly([&] { console_.note("warning: " + printable(line)); });
}

bool RunDisplay::has_begun() {
  const std::lock_guard lock(mutex_);
  return has_begun_;
}

void RunDisplay::began(const std::string& run) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    has_begun_ = true;
    console_.note("run " + run);
    if (!console_.json()) return;
    JsonObject line;
    line.text("event", "began").text("run", run);
    tell(line);
  });
}

void RunDisplay::reused(const std::string& pipe) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    done_elsewhere(pipe);
    say(std::chrono::nanoseconds(0), printable(pipe) + ": done before");
    if (!console_.json()) return;
    JsonObject line;
    line.text("event", "reused").text("pipe", pipe);
    tell(line);
  });
}

void RunDisplay::resumed(const std::string& pipe, std::size_t elements) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    const std::string count = std::to_string(elements) + (elements == 1 ? " element" : " elements");
    console_.note(pad_left("", 9) + "  " + printable(pipe) + ": " + count + " done before");
    if (!console_.json()) return;
    JsonObject line;
    line.text("event", "resumed").text("pipe", pipe).number("elements", elements);
    tell(line);
  });
}

void RunDisplay::done_elsewhere(const std::string& pipe) {
  Pipe* const done = known(pipe);
  if (done == nullptr) return;
  done->has_started = true;
  for (const std::string& name : done->writes) incomplete_.erase(name);
}

void RunDisplay::taken(const std::string& pipe, const std::string& run) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    done_elsewhere(pipe);
    console_.note(pad_left("", 9) + "  " + printable(pipe) + ": taken from the run " + run);
    if (!console_.json()) return;
    JsonObject line;
    line.text("event", "taken").text("pipe", pipe).text("run", run);
    tell(line);
  });
}

void RunDisplay::not_taken(const std::string& pipe, std::string_view why) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    console_.note(pad_left("", 9) + "  " + printable(pipe) + ": not taken from an earlier run: " + printable(why));
    if (!console_.json()) return;
    JsonObject line;
    line.text("event", "not_taken").text("pipe", pipe).text("why", why);
    tell(line);
  });
}

void RunDisplay::again(const std::string& pipe, std::string_view why) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    say(std::chrono::nanoseconds(0), printable(pipe) + ": done before, and now again: " + printable(why));
    if (!console_.json()) return;
    JsonObject line;
    line.text("event", "again").text("pipe", pipe).text("why", why);
    tell(line);
  });
}

void RunDisplay::skipped(const std::string& pipe, std::string_view why, std::chrono::nanoseconds at) noexcept {
  quietly([&] {
    const std::lock_guard lock(mutex_);
    if (Pipe* const of = known(pipe)) {
      of->has_started = true;
      for (const std::string& name : of->writes) {
        if (--writers_[name] == 0) incomplete_.erase(name);
      }
    }
    say(at, printable(pipe) + ": skipped, " + printable(why));
    if (!console_.json()) return;
    JsonObject line;
    line.text("event", "skipped").text("pipe", pipe).text("why", why).seconds("at", as_seconds(at));
    tell(line);
  });
}

void RunDisplay::say(std::chrono::nanoseconds at, const std::string& words) {
  console_.note(pad_left(format_duration(at), 9) + "  " + words);
}

std::string RunDisplay::rows() {
  const std::vector<RunRow> all = all_rows();
  std::size_t names = 0;
  for (const RunRow& row : all) names = std::max(names, std::min(display_width(printable(row.name)), most_name));
  // The last column stays free: some terminals wrap as soon as it is filled.
  const std::size_t width = terminal_width() - 1;
  // What has scrolled out of the window cannot be erased.
  const std::size_t height = terminal_height();
  const std::size_t most = std::min(all.size(), height > 3 ? height - 3 : 1);
  std::string lines;
  for (const RunRow& row : std::span(all).first(most)) lines += row_text(row, names, width) + "\n";
  if (most < all.size()) lines += "and " + std::to_string(all.size() - most) + " more\n";
  return lines + shorten("memory " + format_byte_size(memory_now()), width);
}

/// Those that run, then those that wait to start.
std::vector<RunRow> RunDisplay::all_rows() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<RunRow> rows;
  for (const Running& running : running_) {
    RunRow& row = rows.emplace_back(running.row);
    row.elapsed = now - running.started;
    row.rate = running.rate.per_second();
    const Pipe* const pipe = running.is_ingest ? nullptr : known(row.name);
    row.does = activity_text(running.activity, running.is_ingest, pipe == nullptr ? Names() : missing(*pipe));
  }
  for (const Pipe& pipe : pipes_) {
    if (pipe.has_started) continue;
    RunRow& row = rows.emplace_back();
    row.name = pipe.name;
    const Names names = missing(pipe);
    if (!names.empty()) row.does = activity_text(PipeActivity::waits_for_input, false, names);
  }
  return rows;
}

/// The last words of a command need no line break.
void RunDisplay::ended(const PipeReport& report) {
  Running* const running = find(report.name, report.is_ingest);
  if (running == nullptr) return;
  if (!running->unfinished.empty()) console_.said(report.name, lines_said(running->unfinished, "\n"));
  running_.erase(running_.begin() + (running - running_.data()));
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
  if (done.elements) line.number("elements", *done.elements);
  if (done.first_output) line.seconds("first_output", as_seconds(*done.first_output));
  if (error != nullptr) line.text("error", error->what());
  tell(line);
}

}  // namespace coffer::cli
