#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <coffer/base/byte_size.hpp>
#include <coffer/pipe/runs.hpp>
#include <coffer/pipe/work_folders.hpp>
#include <coffer/providers/local.hpp>

#include "cli/columns.hpp"
#include "cli/exit_code.hpp"
#include "cli/left_objects.hpp"
#include "cli/program.hpp"
#include "cli/text.hpp"
#include "cli/transfer.hpp"

namespace coffer::cli {
namespace {

struct GcOptions {
  bool dry_run = false;
  std::string older_than = "1h";
  std::string runs_older_than;
  std::string runs_over;
};

void print(Console& console, const Leftover& leftover, bool dry_run) {
  if (console.json()) {
    JsonObject line;
    line.text("path", leftover.path.native())
        .number("bytes", leftover.bytes)
        .text("modified", format_utc_time(leftover.modified))
        .flag("removed", !dry_run);
    console.result(line);
    return;
  }
  console.result(pad_left(format_byte_size(leftover.bytes), 10) + "  " + format_local_time(leftover.modified) + "  " +
                 printable(leftover.path.native()));
}

std::string summary_of(const std::vector<Leftover>& found, std::size_t younger, const GcOptions& options) {
  std::uint64_t bytes = 0;
  for (const Leftover& leftover : found) bytes += leftover.bytes;
  std::string text = options.dry_run ? "found " : "removed ";
  text += std::to_string(found.size()) + (found.size() == 1 ? " leftover, " : " leftovers, ") + format_byte_size(bytes);
  if (younger != 0) {
    text += "; " + std::to_string(younger) + " younger than " + options.older_than +
            " left alone (--older-than 0 takes all)";
  }
  return text;
}

Task<std::vector<Leftover>> co_collect_of_commands(Session& session, std::chrono::seconds age, bool dry_run) {
  std::filesystem::path temporary;
  const std::vector<AbandonedFolder> folders =
      co_await co_collect_work_folders(session.runtime(), std::move(temporary), age, dry_run);
  std::vector<Leftover> found;
  found.reserve(folders.size());
  for (const AbandonedFolder& each : folders) found.push_back({each.path, each.bytes, each.modified});
  co_return std::move(found);
}

/// In the store, and of commands. Those that are removed are printed at once.
Task<std::vector<Leftover>> co_collect(Session& session, std::chrono::seconds age, bool dry_run, bool shown) {
  const std::filesystem::path folder = session.root().path();
  std::vector<Leftover> found = co_await co_collect_leftovers(session.runtime(), session.io(), folder, age, dry_run);
  const auto show = [&](const std::vector<Leftover>& leftovers) {
    if (!shown) return;
    for (const Leftover& leftover : leftovers) print(session.console(), leftover, dry_run);
  };
  show(found);
  const std::vector<Leftover> of_commands = co_await co_collect_of_commands(session, age, dry_run);
  show(of_commands);
  found.insert(found.end(), of_commands.begin(), of_commands.end());
  co_return std::move(found);
}

void print(Console& console, const RunInfo& run, const DisposeReport& report, bool dry_run) {
  tell_left(console, run.id, report.left);
  if (console.json()) {
    JsonObject line;
    line.text("run", run.id).number("bytes", report.bytes).text("modified", format_utc_time(run.changed));
    line.flag("removed", report.complete && !dry_run);
    console.result(line);
    return;
  }
  console.result(pad_left(format_byte_size(report.bytes), 10) + "  " + format_local_time(run.changed) + "  run " +
                 run.id);
}

void say_how_many(Console& console, std::size_t count, const std::string& what, bool dry_run) {
  if (count == 0) return;
  console.note((dry_run ? "found " : "removed ") + what);
}

/// Told, and the others are gone on with.
int told_failure(Console& console, const std::string& run, const Error& why) {
  console.error(Error(why.kind(), "the run " + run + " cannot be collected").because(why));
  return exit_failed;
}

/// What went of runs that are past what is kept.
struct PastRuns {
  std::size_t count = 0;
  std::uint64_t bytes = 0;
  int code = exit_done;
};

std::string why_it_stays(const std::vector<DisposeReport::Left>& left) {
  const auto first = std::ranges::find_if(left, &DisposeReport::Left::is_read);
  const auto count = std::ranges::count_if(left, &DisposeReport::Left::is_read);
  if (first == left.end()) return "others need what it has made";
  return first->why + (count > 1 ? " (" + std::to_string(count) + " objects)" : "");
}

/// Removes the run where nobody reads what it has made, and else says why it stays; nothing where it is done with.
Task<std::string> co_gc_past_run(Session& session, const RunInfo& run, bool dry_run, PastRuns& gone) {
  Runs runs(session.storage());
  std::string why;
  try {
    DisposeOptions look;
    look.dry_run(true).as_found(run);
    const DisposeReport seen = co_await runs.co_dispose(run.id, look);
    if (seen.existed && !seen.complete) {
      why = why_it_stays(seen.left);
      co_return why;
    }
    DisposeOptions how;
    how.dry_run(dry_run).as_found(run);
    const DisposeReport report = co_await runs.co_dispose(run.id, how);
    if (report.existed && !report.complete) {  // Somebody has pinned something just now.
      why = why_it_stays(report.left);
      co_return why;
    }
    print(session.console(), run, report, dry_run);
    ++gone.count;
    gone.bytes += report.bytes;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    // Somebody has taken it up meanwhile.
    if (error.kind() != ErrorKind::conflict) gone.code = told_failure(session.console(), run.id, error);
  }
  co_return why;
}

/// The oldest first. A run that others read goes as a whole or stays: those others may be among what goes behind it.
Task<int> co_gc_past_runs(Session& session, const GcOptions& options, Retention retention) {
  Runs runs(session.storage());
  const std::vector<RunInfo> all = co_await runs.co_list();
  std::vector<std::string> waiting = runs_past(all, retention, session.runtime().clock().now());
  PastRuns gone;
  std::map<std::string, std::string> stay;
  for (bool moved = true; moved && !waiting.empty();) {
    const std::size_t before = gone.count;
    stay.clear();
    for (const std::string& id : waiting) {
      std::string why =
          co_await co_gc_past_run(session, *std::ranges::find(all, id, &RunInfo::id), options.dry_run, gone);
      if (!why.empty()) stay.emplace(id, std::move(why));
    }
    moved = gone.count > before && !options.dry_run;
    std::erase_if(waiting, [&](const std::string& id) { return !stay.contains(id); });
  }
  for (const std::string& id : waiting) session.console().note("the run " + id + " is left alone: " + stay.at(id));
  say_how_many(session.console(), gone.count,
               std::to_string(gone.count) + (gone.count == 1 ? " finished run, " : " finished runs, ") +
                   format_byte_size(gone.bytes),
               options.dry_run);
  co_return gone.code;
}

/// What kills have left of runs, and runs that are past what is kept.
Task<int> co_gc_runs(Session& session, const GcOptions& options, Retention retention) {
  int code = exit_done;
  if (!session.storage().journals()) co_return code;
  Runs runs(session.storage());
  const CollectReport report = co_await runs.co_collect(options.dry_run);
  say_how_many(session.console(), report.removed,
               std::to_string(report.removed) + (report.removed == 1 ? " run" : " runs") +
                   " that never began or were being disposed of",
               options.dry_run);
  say_how_many(session.console(), report.tidied,
               "what " + std::to_string(report.tidied) +
                   (report.tidied == 1 ? " finished run does" : " finished runs do") + " not keep",
               options.dry_run);
  for (const CollectReport::Failure& failure : report.failures)
    code = told_failure(session.console(), failure.run, failure.why);
  if (!retention.older_than && !retention.over) co_return code;
  const int past = co_await co_gc_past_runs(session, options, retention);
  co_return code == exit_done ? past : code;
}

Task<int> co_gc(Session& session, const GcOptions& options, std::chrono::seconds age, Retention retention) {
  const bool absent = session.note_absent_store();
  int code = exit_done;
  if (!absent) code = co_await co_gc_runs(session, options, retention);
  const std::vector<Leftover> found = co_await co_collect(session, age, options.dry_run, true);
  const std::vector<Leftover> all = co_await co_collect(session, std::chrono::seconds(0), true, false);
  if (absent && found.empty() && all.empty()) co_return code;
  const std::size_t counted = options.dry_run ? found.size() : 0;
  session.console().note(summary_of(found, all.size() > counted ? all.size() - counted : 0, options));
  co_return code;
}

Retention retention_of(const GcOptions& options) {
  Retention retention;
  if (!options.runs_older_than.empty()) {
    const Result<std::chrono::seconds> age = parse_age(options.runs_older_than);
    if (!age) throw Error(ErrorKind::invalid_argument, "--runs-older-than: " + age.error().message());
    retention.older_than = *age;
  }
  if (!options.runs_over.empty()) {
    const Result<std::uint64_t> size = parse_byte_size(options.runs_over);
    if (!size) throw Error(ErrorKind::invalid_argument, "--runs-over: " + size.error().message());
    retention.over = *size;
  }
  return retention;
}

int run_gc(const Call& call, const GcOptions& options) {
  const Settings settings = resolve(call.options);
  const Result<std::chrono::seconds> age = parse_age(options.older_than);
  if (!age) throw Error(ErrorKind::invalid_argument, "--older-than: " + age.error().message());
  if (settings.root.scheme() != "file") {
    throw Error(ErrorKind::unsupported, "only a store in a folder has leftovers")
        .during("gc")
        .about(settings.root.text());
  }
  Session session(call, settings, {});
  return session.run(co_gc(session, options, *age, retention_of(options)));
}

}  // namespace

void add_gc(Program& program) {
  VerbText text;
  text.name = "gc";
  text.summary = "Remove what killed writers and runs left behind";
  text.examples =
      "  coffer gc --dry-run              only name it\n"
      "  coffer gc --older-than 0         whatever its age\n"
      "  coffer gc --runs-older-than 30d --runs-over 200GiB --dry-run";
  text.notes =
      "Leftovers are no objects and never seen as such; they only take room. What a living process still writes is "
      "never\n"
      "touched, whatever its age. Of killed runs it finds the work folders of commands: coffer-PIPE-... in the folder "
      "for\n"
      "temporary files (TMPDIR), this user's alone, and only where no process works in them; and runs that never "
      "began,\n"
      "or whose disposal was interrupted; and what runs do not keep that were killed at their very end. With "
      "--runs-...\n"
      "also runs that have ended well, with all they stored: those that ended longer ago, and the oldest until the\n"
      "others fit.";
  auto options = std::make_shared<GcOptions>();
  CLI::App& verb = program.add_verb(text, [options](const Call& call) { return run_gc(call, *options); });
  verb.add_flag("--dry-run", options->dry_run, "Remove nothing, only say what would be");
  verb.add_option("--older-than", options->older_than,
                  "Only what was last written so long ago: 30s, 15m, 2h, 7d. Default: 1h")
      ->type_name("AGE");
  verb.add_option("--runs-older-than", options->runs_older_than, "Also dispose of finished runs that ended so long ago")
      ->type_name("AGE");
  verb.add_option("--runs-over", options->runs_over,
                  "Also dispose of the oldest finished runs until the others\ntake no more than this together")
      ->type_name("SIZE");
}

}  // namespace coffer::cli
