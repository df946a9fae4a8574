#include "cli/run_files.hpp"

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

#include <coffer/async/runtime_metrics.hpp>
#include <coffer/observe/metrics.hpp>
#include <coffer/pipe/run_metrics.hpp>
#include <coffer/pipe/run_pictures.hpp>
#include <coffer/stream/pump.hpp>
#include <coffer/stream/text_source.hpp>

#include "cli/text.hpp"

namespace coffer::cli {
namespace {

Error wrong_use(const std::string& message) { return {ErrorKind::invalid_argument, message}; }

bool are_one(const std::filesystem::path& written, const std::filesystem::path& read) {
  std::error_code ignored;  // One of them is not there.
  return std::filesystem::equivalent(written, read, ignored) ||
         written.lexically_normal() == std::filesystem::absolute(read, ignored).lexically_normal();
}

TextParts timeline(Session&, const RunRecording& recording) { return timeline_html(recording); }

TextParts trace(Session&, const RunRecording& recording) { return trace_events(recording); }

TextParts metrics(Session& session, const RunRecording& recording) {
  std::vector<Metric> all = run_metrics(recording);
  std::ranges::move(runtime_metrics(session.runtime(), *session.meter()), std::back_inserter(all));
  return [text = prometheus_text(all)]() mutable { return std::exchange(text, std::string()); };
}

}  // namespace

void add_run_file_options(CLI::App& verb, RunFileNames& names) {
  verb.add_option("--timeline", names.timeline, "Draw the run, also one that fails, as an HTML page")
      ->type_name("FILE");
  verb.add_option("--trace", names.trace, "Write the run as trace events, for ui.perfetto.dev")->type_name("FILE");
  verb.add_option("--metrics", names.metrics, "Write the run's figures as Prometheus text")->type_name("FILE");
}

RunFiles::RunFiles(const RunFileNames& names) {
  add("--timeline", names.timeline, "timeline.html", timeline);
  add("--trace", names.trace, "trace.json", trace);
  add("--metrics", names.metrics, "coffer.prom", metrics);
}

void RunFiles::add(const std::string& option, const std::string& name, const std::string& default_name, Tell tell) {
  if (name.empty()) return;
  if (name == "-") throw wrong_use(option + ": write a FILE; standard output has the names of the outputs");
  FileTarget target(name, default_name, true);
  const std::filesystem::path folder = target.path().parent_path();
  if (!std::filesystem::is_directory(folder)) {
    throw Error(ErrorKind::not_found,
                option + ": there is no folder " + printable(folder.native()) + "; make it first");
  }
  check_apart(target, option);
  files_.push_back({option, std::move(target), tell, nullptr});
}

void RunFiles::check_apart(const FileTarget& target, const std::string& option) const {
  if (!target.takes_back()) return;
  for (const File& other : files_) {
    if (other.target.path().lexically_normal() != target.path().lexically_normal()) continue;
    throw wrong_use(other.option + " and " + option + " are to be one file, " + printable(target.path().native()));
  }
}

void RunFiles::check_apart(const std::filesystem::path& read, const std::string& what) const {
  for (const File& file : files_) {
    if (!file.target.takes_back() || !are_one(file.target.path(), read)) continue;
    throw wrong_use(file.option + " would write over " + printable(file.target.path().native()) +
                    ", which is read as " + what + ": name another FILE");
  }
}

Task<> RunFiles::co_open(Session& session) {
  for (File& file : files_) file.sink = co_await file.target.co_open(session);
}

Task<> RunFiles::co_write(Session& session, const RunRecording& recording) {
  for (File& file : files_) {
    const SourcePtr text = make_text_source(file.tell(session, recording));
    co_await co_pump(*text, *file.sink);
    co_await file.sink->co_commit();
    session.console().note(file.option.substr(2) + ": " + printable(file.target.path().native()));
  }
}

}  // namespace coffer::cli
