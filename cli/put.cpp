#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <coffer/base/content_type.hpp>

#include "cli/exit_code.hpp"
#include "cli/names.hpp"
#include "cli/program.hpp"
#include "cli/text.hpp"
#include "cli/transfer.hpp"

namespace coffer::cli {
namespace {

struct PutOptions {
  std::string file;
  std::string key;
  std::string type;
  bool no_clobber = false;
  bool live = false;
};

void check_type(const std::string& type) {
  const std::size_t slash = type.find('/');
  if (slash != std::string::npos && slash != 0 && slash + 1 < type.size() && printable(type) == type) return;
  throw Error(ErrorKind::invalid_argument,
              "--type: “" + printable(type) + "” is no media type: write one like video/mp4");
}

WriteOptions write_options(const PutOptions& options) {
  WriteOptions write;
  std::string type = options.type;
  // Where the key has no telling ending, the file's has the word.
  const std::string_view unknown = content_type_of_name("");
  if (type.empty() && content_type_of_name(options.key) == unknown) type = content_type_of_name(options.file);
  if (!type.empty() && (type != unknown || !options.type.empty())) write.content_type(type);
  if (options.no_clobber) write.if_absent();
  if (options.live) write.live();
  return write;
}

Task<SinkPtr> co_create_sink(Session& session, Uri to, WriteOptions write) {
  if (to.empty()) {
    SinkPtr named = co_await session.storage().co_create(std::move(write));
    co_return named;
  }
  SinkPtr sink = co_await session.storage().co_create(std::move(to), std::move(write));
  co_return sink;
}

/// With --no-clobber the object is looked for first: a large file need not be read to learn that it may not be stored.
Task<> co_refuse_clobber(Session& session, Uri to) {
  const std::optional<ObjectInfo> there = co_await session.storage().co_head(to);
  if (!there) co_return;
  throw Error(ErrorKind::already_exists, "is there already, and --no-clobber was given").during("put").about(to.text());
}

Task<int> co_put(Session& session, const PutOptions& options, const FileArgument& file, Uri to) {
  if (options.no_clobber && !to.empty()) co_await co_refuse_clobber(session, to);
  SourcePtr source = co_await file.co_open(session);
  WriteOptions write = write_options(options);
  if (source->info().size) write.size(*source->info().size);
  SinkPtr sink = co_await co_create_sink(session, std::move(to), std::move(write));
  Progress progress(session.console(), "put " + file.shown());
  const Stored stored = co_await co_transfer(*source, *sink, progress);
  progress.finish("stored");
  if (stored.uri.scheme() == "mem") {
    session.console().note(stored.uri.text() + " is gone with this command: a store in memory lasts no longer");
  }
  if (session.console().json()) {
    session.console().result(describe(stored, progress));
  } else {
    session.console().result(stored.uri.text());
  }
  co_return exit_done;
}

int run_put(const Call& call, const PutOptions& options) {
  const Settings settings = resolve(call.options);
  if (!options.type.empty()) check_type(options.type);
  if (options.live && options.key.empty()) {
    throw Error(ErrorKind::invalid_argument, "--live: give the object a --key, by which others can follow it");
  }
  const Uri to = options.key.empty() ? Uri() : object_named(options.key, settings.root);
  const FileArgument file(options.file);
  std::vector<Uri> typed = file.typed();
  if (!to.empty()) typed.push_back(to);
  Session session(call, settings, typed);
  return session.run(co_put(session, options, file, to));
}

}  // namespace

void add_put(Program& program) {
  VerbText text;
  text.name = "put";
  text.summary = "Store a file or standard input; prints the object's URI once it is durable";
  text.examples =
      "  coffer put video.mp4                           under a new name; prints its URI\n"
      "  coffer put video.mp4 --key talks/one.mp4       under a name of your own\n"
      "  curl -s https://example.org/x | coffer put - --type text/html\n"
      "  coffer put report.json --key report.json --no-clobber\n"
      "  ffmpeg ... -f mpegts - | coffer put - --key talks/now.ts --live\n"
      "  coffer cat --follow talks/now.ts | ffplay -    meanwhile, in another shell";
  text.notes =
      "An object is stored whole or not at all: until the last byte is safe nothing is there, and what was there\n"
      "before stays. Names that Coffer gives cannot be guessed and sort by time.\n"
      "With --live `coffer cat --follow` reads it already while it is being stored, and learns how that ended.";
  auto options = std::make_shared<PutOptions>();
  CLI::App& verb = program.add_verb(text, [options](const Call& call) { return run_put(call, *options); });
  verb.add_option("FILE", options->file, "What to store; - is standard input")->required()->type_name("");
  verb.add_option("--key", options->key, "Key in the store, or a URI. Default: a new name")->type_name("KEY");
  verb.add_option("--type", options->type, "Media type. Default: by the name's ending")->type_name("MIME");
  verb.add_flag("--no-clobber", options->no_clobber, "Fail where the object is there already");
  verb.add_flag("--live", options->live, "Let `coffer cat --follow` read it while it is being stored");
}

}  // namespace coffer::cli
