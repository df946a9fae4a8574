#include "cli/runs.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <coffer/base/byte_size.hpp>
#include <coffer/base/checksum.hpp>
#include <coffer/pipe/runs.hpp>

#include "cli/columns.hpp"
#include "cli/exit_code.hpp"
#include "cli/text.hpp"

namespace coffer::cli {
namespace {

std::size_t finished_pipes(const RunInfo& run) {
  return static_cast<std::size_t>(std::ranges::count_if(run.pipes, &RunInfo::Pipe::finished));
}

std::size_t skipped_pipes(const RunInfo& run) {
  const auto was_skipped = [](const RunInfo::Pipe& pipe) { return !pipe.why_skipped.empty(); };
  return static_cast<std::size_t>(std::ranges::count_if(run.pipes, was_skipped));
}

std::string holder_words(const RunHolder& holder) {
  if (holder.token.empty()) return "a process that does not say which";
  return "process " + std::to_string(holder.pid) + " on " + printable(holder.host) + ", since " +
         format_local_time(holder.since);
}

/// What `list` has of a run as JSON; `show` adds to it.
JsonObject describe_run(const RunInfo& run) {
  JsonObject line;
  line.text("run", run.id).text("status", to_string(run.status)).text("pipeline", run.pipeline);
  line.text("begun", format_utc_time(run.begun)).text("changed", format_utc_time(run.changed));
  line.number("pipes_finished", finished_pipes(run)).number("bytes", run.bytes);
  if (const std::size_t skipped = skipped_pipes(run); skipped > 0) line.number("pipes_skipped", skipped);
  if (!run.problem.empty()) line.text("problem", run.problem);
  if (run.holder) {
    JsonObject holder;
    if (!run.holder->token.empty()) {
      holder.number("pid", static_cast<std::uint64_t>(run.holder->pid)).text("host", run.holder->host);
      holder.text("since", format_utc_time(run.holder->since));
    }
    line.object("holder", holder);
  }
  return line;
}

JsonObject describe_whole(const RunInfo& run) {
  JsonObject line = describe_run(run);
  line.text("keep", to_string(run.keep)).flag("overlap", run.overlap).flag("reuse", run.reuse);
  JsonObject inputs;
  for (const RunInfo::Input& input : run.inputs) {
    JsonObject one;
    one.flag("ingested", input.ingested).text("uri", input.uri).flag("stored", input.stored);
    inputs.object(input.name, one);
  }
  JsonObject pipes;
  for (const RunInfo::Pipe& pipe : run.pipes) {
    JsonObject one;
    one.flag("finished", pipe.finished);
    if (pipe.elements > 0) one.number("elements", pipe.elements);
    if (pipe.finished) one.text("at", format_utc_time(pipe.at)).number("bytes", pipe.bytes);
    if (!pipe.why_skipped.empty()) one.text("skipped", pipe.why_skipped);
    pipes.object(pipe.name, one);
  }
  JsonObject outputs;
  for (const auto& [name, stored] : run.outputs) {
    JsonObject one;
    one.text("uri", stored.uri.text()).number("size", stored.size).text("crc32c", crc32c_text(stored.crc32c));
    one.text("content_type", stored.content_type);
    outputs.object(name, one);
  }
  line.object("inputs", inputs).object("pipes", pipes).object("outputs", outputs);
  return line;
}

void print_list(Console& console, const std::vector<RunInfo>& runs) {
  std::size_t ids = 2;
  for (const RunInfo& run : runs) ids = std::max(ids, run.id.size());
  for (const RunInfo& run : runs) {
    if (console.json()) {
      console.result(describe_run(run));
      continue;
    }
    std::string line = pad_right(run.id, ids) + "  " + pad_right(to_string(run.status), 11);
    if (run.status == RunStatus::unreadable) {
      console.result(line + "  " + printable(run.problem));
      continue;
    }
    const std::string pipes =
        std::to_string(finished_pipes(run) + skipped_pipes(run)) + "/" + std::to_string(run.pipes.size());
    line += "  " + pad_left(pipes, 7) + "  " + pad_left(format_byte_size(run.bytes), 10);
    console.result(line + "  " + format_local_time(run.begun) + "  " + printable(run.pipeline));
  }
}

void print_whole(Console& console, const RunInfo& run) {
  const auto say = [&](const std::string& what, const std::string& value) {
    console.result(pad_right(what, 10) + value);
  };
  say("run", run.id);
  say("status", std::string(to_string(run.status)));
  if (!run.problem.empty()) say("problem", printable(run.problem));
  if (run.status == RunStatus::unreadable) return;
  say("pipeline", printable(run.pipeline));
  say("begun", format_local_time(run.begun));
  say("changed", format_local_time(run.changed));
  if (run.holder) say("held by", holder_words(*run.holder));
  say("keeps", std::string(to_string(run.keep)));
  say("stored", format_byte_size(run.bytes));
  for (const RunInfo::Input& input : run.inputs) {
    std::string from = input.ingested ? "a stream" : "objects, read where they lie";
    if (!input.uri.empty()) from = printable(input.uri);
    if (input.ingested) from += input.stored ? ", stored" : ", not stored as a whole";
    say("input", printable(input.name) + " from " + from);
  }
  for (const RunInfo::Pipe& pipe : run.pipes) {
    std::string state = "not finished";
    if (pipe.elements > 0) state += ", " + std::to_string(pipe.elements) + " elements done";
    if (pipe.finished) state = "finished " + format_local_time(pipe.at) + ", " + format_byte_size(pipe.bytes);
    if (!pipe.why_skipped.empty()) state = "skipped, " + printable(pipe.why_skipped);
    say("pipe", printable(pipe.name) + ": " + state);
  }
  for (const auto& [name, stored] : run.outputs) say("output", printable(name) + "\t" + stored.uri.text());
}

Task<int> co_list(Session& session) {
  if (session.note_absent_store()) co_return exit_done;
  Runs runs(session.storage());
  const std::vector<RunInfo> all = co_await runs.co_list();
  print_list(session.console(), all);
  co_return exit_done;
}

Task<int> co_show(Session& session, std::string id) {
  Runs runs(session.storage());
  const std::optional<RunInfo> run = co_await runs.co_find(id);
  if (!run) throw no_run(id);
  if (session.console().json()) {
    session.console().result(describe_whole(*run));
  } else {
    print_whole(session.console(), *run);
  }
  co_return exit_done;
}

void add_runs_list(Program& program, CLI::App& group) {
  VerbText text;
  text.name = "list";
  text.summary = "List the runs of the store with how far they are";
  text.examples = "  coffer runs list\n  coffer runs list --json";
  text.notes =
      "A line for each: its id, where it stands, pipes that have finished, what it stores now, when it began. It is\n"
      "`running` while a process is at it, `interrupted` where that process is gone, `failed`, `finished`, "
      "`disposing`\n"
      "where removing it was interrupted, or `unreadable`.";
  program.add_verb(group, text, [](const Call& call) {
    Session session(call, resolve(call.options), {});
    return session.run(co_list(session));
  });
}

void add_runs_show(Program& program, CLI::App& group) {
  VerbText text;
  text.name = "show";
  text.summary = "Say what is known of a run: inputs, pipes, outputs";
  text.examples = "  coffer runs show talk-7";
  auto id = std::make_shared<std::string>();
  CLI::App& verb = program.add_verb(group, text, [id](const Call& call) {
    Session session(call, resolve(call.options), {});
    return session.run(co_show(session, *id));
  });
  verb.add_option("ID", *id, "The run's id")->required()->type_name("");
}

}  // namespace

Error no_run(const std::string& id) {
  return {ErrorKind::not_found, "there is no run “" + printable(id) + "”; coffer runs list names them"};
}

void add_runs(Program& program) {
  VerbText text;
  text.name = "runs";
  text.summary = "Runs of pipelines: list and show them, go on with one, dispose of them";
  text.examples =
      "  coffer runs list\n"
      "  coffer runs show talk-7\n"
      "  coffer runs resume talk-7\n"
      "  coffer runs dispose talk-7";
  text.notes =
      "What a run does is written down in its store, under its id, so that it can be gone on with after a crash and\n"
      "disposed of (docs/journal_format.md).";
  CLI::App& group = program.add_group(text);
  add_runs_list(program, group);
  add_runs_show(program, group);
  add_runs_resume(program, group);
  add_runs_dispose(program, group);
}

}  // namespace coffer::cli
