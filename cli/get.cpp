#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <CLI/App.hpp>
#include <coffer/base/checksum.hpp>
#include <coffer/base/duration_text.hpp>
#include <coffer/stream/pump.hpp>

#include "cli/exit_code.hpp"
#include "cli/file_target.hpp"
#include "cli/names.hpp"
#include "cli/program.hpp"
#include "cli/reader_watch.hpp"
#include "cli/text.hpp"
#include "cli/transfer.hpp"

namespace coffer::cli {
namespace {

struct GetOptions {
  std::string uri;
  std::string file;
  bool force = false;
};

struct CatOptions {
  std::string uri;
  std::string range;
  bool follow = false;
  std::string wait;
};

/// To standard output there is no progress: it may be the same terminal, or a pager's. The session and the target
/// outlive the task.
Task<int> co_send(Session& session, Task<SourcePtr> opening, const FileTarget& target) {
  SourcePtr source = co_await std::move(opening);
  SinkPtr sink = co_await target.co_open(session, source->info().size);
  co_await co_pump(*source, *sink);
  co_await sink->co_commit();
  co_return exit_done;
}

Task<int> co_get(Session& session, Uri from, const FileTarget& target) {
  SourcePtr source = co_await session.storage().co_open(from);
  SinkPtr sink = co_await target.co_open(session, source->info().size);
  Progress progress(session.console(), "get " + shown_name(from, session.root(), false));
  const Stored stored = co_await co_transfer(*source, *sink, progress);
  progress.finish("wrote " + printable(target.path().native()) + ",");
  if (session.console().json()) {
    JsonObject line;
    line.text("uri", from.text()).text("file", target.path().native()).number("size", stored.size);
    line.text("crc32c", crc32c_text(stored.crc32c));
    add_effort(line, progress);
    session.console().result(line);
  }
  co_return exit_done;
}

int run_get(const Call& call, const GetOptions& options) {
  const Settings settings = resolve(call.options);
  const Uri from = object_named(options.uri, settings.root);
  const std::string name = FileTarget::needs_name(options.file) ? last_name(from) : std::string();
  const FileTarget target(options.file, name, options.force);
  Session session(call, settings, {from});
  if (!target.is_standard()) return session.run(co_get(session, from, target));
  call.console.set_output_taken(true);
  return session.run(co_send(session, session.storage().co_open(from), target));
}

ByteRange range_of(const CatOptions& options) {
  if (options.range.empty()) return ByteRange();
  const Result<ByteRange> range = ByteRange::parse(options.range);
  if (!range) {
    throw Error(ErrorKind::invalid_argument, "--range: “" + printable(options.range) + "”: " + range.error().message());
  }
  if (range->length() == std::uint64_t{0}) {
    throw Error(ErrorKind::invalid_argument, "--range: “" + printable(options.range) + "” asks for no byte");
  }
  return *range;
}

FollowOptions follow_options(const CatOptions& options) {
  FollowOptions follow;
  follow.range(range_of(options));
  if (options.wait.empty()) return follow;
  const Result<std::chrono::milliseconds> limit = parse_duration(options.wait);
  if (!limit) {
    throw Error(ErrorKind::invalid_argument, "--wait: “" + printable(options.wait) + "” " + limit.error().message());
  }
  follow.patience(*limit);
  return follow;
}

int run_cat(const Call& call, const CatOptions& options) {
  call.console.set_output_taken(true);
  const Settings settings = resolve(call.options);
  const Uri from = object_named(options.uri, settings.root);
  const FileTarget target("-", "", true);
  if (!options.wait.empty() && !options.follow) {
    throw Error(ErrorKind::invalid_argument, "--wait: goes with --follow");
  }
  if (options.follow) {
    const FollowOptions follow = follow_options(options);
    Session session(call, settings, {from});
    const ReaderWatch watch;
    return session.run(co_send(session, session.storage().co_follow(from, follow), target));
  }
  ReadOptions read;
  read.range(range_of(options));
  Session session(call, settings, {from});
  return session.run(co_send(session, session.storage().co_open(from, std::move(read)), target));
}

}  // namespace

void add_get_and_cat(Program& program) {
  VerbText get;
  get.name = "get";
  get.summary = "Write an object to a file";
  get.examples =
      "  coffer get talks/one.mp4                  to ./one.mp4\n"
      "  coffer get talks/one.mp4 /tmp/ -f         to /tmp/one.mp4, over what is there\n"
      "  coffer get file:///data/store/a.bin -     to standard output";
  get.notes =
      "The file appears whole, and safe on the disk, or not at all. An object whose bytes are not those that were\n"
      "stored is an error, and no file appears.";
  auto get_options = std::make_shared<GetOptions>();
  CLI::App& get_verb = program.add_verb(get, [get_options](const Call& call) { return run_get(call, *get_options); });
  get_verb.add_option("URI", get_options->uri, "The object: a URI, or a key in the store")->required()->type_name("");
  get_verb
      .add_option("FILE", get_options->file, "Where to; - is standard output. Default: the object's last name, here")
      ->type_name("");
  get_verb.add_flag("-f,--force", get_options->force, "Write over a file that is there");

  VerbText cat;
  cat.name = "cat";
  cat.summary = "Write an object, or a part of it, to standard output";
  cat.examples =
      "  coffer cat notes.txt\n"
      "  coffer cat talks/one.mp4 --range 0-99     the first 100 bytes\n"
      "  coffer cat talks/one.mp4 --range 100-     all but those\n"
      "  coffer cat talks/one.mp4 --range -50      the last 50\n"
      "  coffer cat --follow talks/now.ts | ffplay -    while another process stores it with `put --live`";
  cat.notes =
      "The whole object is checked against its checksum while it is read; a mismatch is told at the end.\n"
      "With --follow it waits until somebody stores the object, writes every byte of it as it comes, and ends with 0\n"
      "only once all of it is safe; where its writer fails or is killed, with 1. What is there already, and is not\n"
      "being stored again, is simply read. Begin with it before, while, or after the object is stored.";
  auto cat_options = std::make_shared<CatOptions>();
  CLI::App& cat_verb = program.add_verb(cat, [cat_options](const Call& call) { return run_cat(call, *cat_options); });
  cat_verb.add_option("URI", cat_options->uri, "The object: a URI, or a key in the store")->required()->type_name("");
  cat_verb.add_option("--range", cat_options->range, "Bytes to write, both ends included: 0-99, 100-, -50")
      ->type_name("FIRST-LAST");
  cat_verb.add_flag("--follow", cat_options->follow, "Read on while another process stores it, to the end");
  cat_verb
      .add_option("--wait", cat_options->wait,
                  "With --follow: how long to wait for somebody to\n"
                  "begin to store it: 30s, 15m, 2h. Default: for\n"
                  "ever, but not where who did was killed")
      ->type_name("TIME");
}

}  // namespace coffer::cli
