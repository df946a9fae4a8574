#include <algorithm>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <coffer/base/byte_size.hpp>
#include <coffer/pipe/memory_offload.hpp>
#include <coffer/pipe/memory_overview.hpp>
#include <coffer/storage/spool.hpp>

#include "cli/columns.hpp"
#include "cli/exit_code.hpp"
#include "cli/file_target.hpp"
#include "cli/names.hpp"
#include "cli/program.hpp"
#include "cli/text.hpp"
#include "cli/transfer.hpp"

namespace coffer::cli {
namespace {

struct MemoryOptions {
  std::string file;
  std::string output = "-";
  bool force = false;
  std::string inline_below;
  std::vector<std::string> from;
};

/// In a handler: what is wrong with the document itself says whose it is, and is no wrong usage; what is wrong with an
/// object names that.
int tell_failure(Session& session, const FileArgument& file) {
  const Error error = to_error(std::current_exception()).during("read").about(file.shown());
  if (error.kind() != ErrorKind::invalid_argument) throw Error(error);
  session.console().error(error);
  return exit_failed;
}

// show

constexpr std::size_t widest_name = 40;

JsonObject json_of(const StuffOverview& stuff, const MemoryOverview& memory) {
  JsonObject line;
  line.text("stuff", stuff.name).text("concept", stuff.concept_name).number("bytes", stuff.bytes);
  line.number("references", stuff.references).number("referenced_bytes", stuff.referenced_bytes);
  line.flag("main", std::ranges::any_of(memory.aliases, [&](const auto& alias) {
              return alias.first == "main_stuff" && alias.second == stuff.name;
            }));
  return line;
}

std::string reference_text(const StuffOverview& stuff) {
  if (stuff.references == 0) return "";
  return "+ " + format_byte_size(stuff.referenced_bytes) + " in " + std::to_string(stuff.references) +
         (stuff.references == 1 ? " object" : " objects");
}

void print_for_people(Console& console, const MemoryOverview& memory) {
  std::size_t names = 0;
  std::size_t concepts = 0;
  for (const StuffOverview& stuff : memory.stuffs) {
    names = std::max(names, std::min(display_width(printable(stuff.name)), widest_name));
    concepts = std::max(concepts, std::min(display_width(printable(stuff.concept_name)), widest_name));
  }
  constexpr std::size_t size_width = 10;
  for (const StuffOverview& stuff : memory.stuffs) {
    std::string line = pad_right(shorten(printable(stuff.name), widest_name), names) + "  " +
                       pad_right(shorten(printable(stuff.concept_name), widest_name), concepts) + "  " +
                       pad_left(format_byte_size(stuff.bytes), size_width) + "  " + reference_text(stuff);
    line.erase(line.find_last_not_of(' ') + 1);
    console.result(line);
  }
  for (const auto& [alias, stuff] : memory.aliases) console.result(printable(alias) + " -> " + printable(stuff));
  for (const std::string& absence : memory.absences) console.result(printable(absence) + " is absent");
}

Task<int> co_show(Session& session, const FileArgument& file) {
  MemoryOverview memory;
  try {
    SourcePtr source = co_await file.co_open(session);
    memory = co_await co_survey_memory(*source);
  } catch (...) {
    co_return tell_failure(session, file);
  }
  if (!session.console().json()) {
    print_for_people(session.console(), memory);
    co_return exit_done;
  }
  for (const StuffOverview& stuff : memory.stuffs) session.console().result(json_of(stuff, memory));
  for (const auto& [alias, stuff] : memory.aliases) {
    JsonObject line;
    session.console().result(line.text("alias", alias).text("stuff", stuff));
  }
  for (const std::string& absence : memory.absences) {
    JsonObject line;
    session.console().result(line.text("absence", absence));
  }
  co_return exit_done;
}

int run_show(const Call& call, const MemoryOptions& options) {
  const Settings settings = resolve(call.options);
  const FileArgument file(options.file);
  Session session(call, settings, file.typed());
  return session.run(co_show(session, file));
}

// offload and inline

/// Standard output and pipes take nothing back: they get the document once all of it is right.
Task<SinkPtr> co_open_target(Session& session, const FileTarget& target) {
  SinkPtr sink = co_await target.co_open(session);
  if (target.takes_back()) co_return sink;
  co_return co_await co_hold_back(session.storage(), std::move(sink));
}

void tell(Console& console, const std::string& did, const std::string& verb, std::uint64_t count, std::uint64_t bytes,
          const Stored& memory, const std::string& where) {
  if (console.json()) {
    JsonObject line;
    line.number(verb, count).number(verb + "_bytes", bytes).number("memory_bytes", memory.size);
    if (!where.empty() && count > 0) line.text("folder", where);
    return console.result(line);
  }
  std::string line = did + " " + std::to_string(count) + (count == 1 ? " string, " : " strings, ") +
                     format_byte_size(bytes) + "; the memory has " + format_byte_size(memory.size);
  if (!where.empty() && count > 0) line += "; " + where + " has the data";
  console.note(line);
}

Task<int> co_offload(Session& session, const FileArgument& file, const FileTarget& target, OffloadOptions options) {
  OffloadResult result;
  try {
    SourcePtr source = co_await file.co_open(session);
    SinkPtr light = co_await co_open_target(session, target);
    result = co_await co_offload_memory(session.storage(), std::move(source), *light, std::move(options));
  } catch (...) {
    co_return tell_failure(session, file);
  }
  tell(session.console(), "moved", "moved", result.moved, result.moved_bytes, result.memory, result.folder.text());
  co_return exit_done;
}

Task<int> co_inline(Session& session, const FileArgument& file, const FileTarget& target, InlineOptions options) {
  InlineResult result;
  try {
    SourcePtr source = co_await file.co_open(session);
    SinkPtr whole = co_await co_open_target(session, target);
    result = co_await co_inline_memory(session.storage(), std::move(source), *whole, std::move(options));
  } catch (...) {
    co_return tell_failure(session, file);
  }
  tell(session.console(), "brought back", "fetched", result.fetched, result.fetched_bytes, result.memory, "");
  co_return exit_done;
}

int run_offload(const Call& call, const MemoryOptions& options) {
  const Settings settings = resolve(call.options);
  OffloadOptions offload;
  if (!options.inline_below.empty()) {
    const Result<std::uint64_t> bytes = parse_byte_size(options.inline_below);
    if (!bytes) throw Error(ErrorKind::invalid_argument, "--inline-below: " + bytes.error().message());
    offload.inline_below(*bytes);
  }
  if (settings.root.scheme() == "mem") {
    throw Error(
        ErrorKind::invalid_argument,
        "--store: a store in memory is gone with this command, and the data that is moved there; name a folder");
  }
  const FileArgument file(options.file);
  const FileTarget target(options.output, "", options.force);
  call.console.set_output_taken(target.is_standard());
  Session session(call, settings, file.typed());
  return session.run(co_offload(session, file, target, std::move(offload)));
}

int run_inline(const Call& call, const MemoryOptions& options) {
  const Settings settings = resolve(call.options);
  const FileArgument file(options.file);
  std::vector<Uri> typed = file.typed();
  InlineOptions fetch;
  for (const std::string& from : options.from) {
    typed.push_back(prefix_named(from, settings.root));
    fetch.from(typed.back());
  }
  const FileTarget target(options.output, "", options.force);
  call.console.set_output_taken(target.is_standard());
  Session session(call, settings, typed);
  return session.run(co_inline(session, file, target, std::move(fetch)));
}

CLI::App& add_file_to_file(Program& program, CLI::App& group, const VerbText& text,
                           const std::shared_ptr<MemoryOptions>& options, std::function<int(const Call&)> run) {
  CLI::App& verb = program.add_verb(group, text, std::move(run));
  verb.add_option("FILE", options->file, "The working memory; - is standard input")->required()->type_name("");
  verb.add_option("-o,--output", options->output, "Where to. Default: standard output")->type_name("FILE");
  verb.add_flag("-f,--force", options->force, "Write over a file that is there");
  return verb;
}

void add_show(Program& program, CLI::App& group) {
  VerbText text;
  text.name = "show";
  text.summary = "List the stuffs of a working memory with their sizes";
  text.examples = "  coffer memory show memory.json";
  auto options = std::make_shared<MemoryOptions>();
  CLI::App& verb = program.add_verb(group, text, [options](const Call& call) { return run_show(call, *options); });
  verb.add_option("FILE", options->file, "The working memory; - is standard input")->required()->type_name("");
}

void add_offload(Program& program, CLI::App& group) {
  VerbText text;
  text.name = "offload";
  text.summary = "Move data: URLs, base64 and long texts into the store; prints the light memory";
  text.examples =
      "  coffer memory offload memory.json > light.json\n"
      "  coffer memory offload memory.json -o light.json --inline-below 64KiB";
  text.notes =
      "In the place of each string that is moved stands the URI of its object. All else stays as it is, to the byte,\n"
      "URIs and references into this store among it.\n"
      "Where something goes wrong nothing is printed, and nothing stays in the store.";
  auto options = std::make_shared<MemoryOptions>();
  CLI::App& verb = add_file_to_file(program, group, text, options,
                                    [options](const Call& call) { return run_offload(call, *options); });
  verb.add_option("--inline-below", options->inline_below, "Shorter strings stay. Default: 1KiB")->type_name("SIZE");
}

void add_inline(Program& program, CLI::App& group) {
  VerbText text;
  text.name = "inline";
  text.summary = "Bring the data back: prints the memory as it was before offload";
  text.examples =
      "  coffer memory inline light.json > memory.json\n"
      "  coffer memory inline light.json --from file:///data/other/offloaded/";
  text.notes =
      "What a document names is not trusted: only what offload writes into this store is fetched, and what lies\n"
      "below --from. Where something is missing or is not what was moved, nothing is printed.";
  auto options = std::make_shared<MemoryOptions>();
  CLI::App& verb = add_file_to_file(program, group, text, options,
                                    [options](const Call& call) { return run_inline(call, *options); });
  verb.add_option("--from", options->from, "Fetch what lies below this too: a URI, or a prefix in the store")
      ->type_name("PREFIX")
      ->allow_extra_args(false);
}

}  // namespace

void add_memory(Program& program) {
  VerbText text;
  text.name = "memory";
  text.summary = "Working memories: show them, move their data into the store, bring it back";
  text.examples =
      "  coffer memory show memory.json\n"
      "  coffer memory offload memory.json > light.json\n"
      "  coffer memory inline light.json > memory.json";
  text.notes =
      "A working memory is the JSON of Pipelex, in any of its forms. Offload and inline stream it: 200 MB take no "
      "more\n"
      "memory than 2 KB.";
  CLI::App& group = program.add_group(text);
  add_show(program, group);
  add_offload(program, group);
  add_inline(program, group);
}

}  // namespace coffer::cli
