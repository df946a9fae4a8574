#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <CLI/App.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/base/checksum.hpp>
#include <coffer/providers/local.hpp>
#include <coffer/stream/descriptor_stream.hpp>
#include <coffer/stream/pump.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "cli/exit_code.hpp"
#include "cli/names.hpp"
#include "cli/program.hpp"
#include "cli/text.hpp"
#include "cli/transfer.hpp"

namespace coffer::cli {
namespace {

namespace fs = std::filesystem;

struct GetOptions {
  std::string uri;
  std::string file;
  bool force = false;
};

struct CatOptions {
  std::string uri;
  std::string range;
};

/// Where `get` writes.
struct Target {
  fs::path path;         ///< Absolute; empty for standard output.
  bool special = false;  ///< There, and no regular file (a device, a pipe): written to as it is.
};

Target target_of(const GetOptions& options, const Uri& from) {
  Target target;
  if (options.file == "-") return target;
  const bool into_folder = options.file.empty() || options.file.ends_with('/') || fs::is_directory(options.file);
  const fs::path named = into_folder ? fs::path(options.file) / last_name(from) : fs::path(options.file);
  target.path = fs::absolute(named);
  const fs::file_status status = fs::status(target.path);
  if (fs::is_directory(status)) {
    throw Error(ErrorKind::invalid_argument, "is a folder: say which FILE to write")
        .during("get")
        .about(printable(named.native()));
  }
  target.special = fs::exists(status) && !fs::is_regular_file(status);
  if (fs::is_regular_file(status) && !options.force) {
    throw Error(ErrorKind::already_exists, "is there already: -f writes over it")
        .during("get")
        .about(printable(named.native()));
  }
  // Through a link, the file that it leads to is replaced, not the link.
  if (fs::is_regular_file(status)) target.path = fs::canonical(target.path);
  return target;
}

DescriptorConfig standard_output_config() { return {STDOUT_FILENO, std::string(standard_output)}; }

/// To standard output there is no progress: it may be the same terminal, or a pager's.
Task<int> co_send(Session& session, Uri from, ReadOptions read) {
  SourcePtr source = co_await session.storage().co_open(std::move(from), std::move(read));
  SinkPtr sink = make_descriptor_sink(session.runtime(), standard_output_config());
  co_await co_pump(*source, *sink);
  co_await sink->co_commit();
  co_return exit_done;
}

/// A device or a pipe. A named pipe can be opened once it has a reader: until then it is tried again, so that the wait
/// can be cancelled.
Task<int> co_open_special(std::string path) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  int descriptor = -1;
  for (;;) {
    descriptor = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (descriptor >= 0 || errno != ENXIO) break;
    timer.expires_after(std::chrono::milliseconds(20));
    co_await timer.async_wait(boost::asio::deferred);
  }
  if (descriptor < 0) throw Error::from_errno(errno, "open").during("get").about(printable(path));
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
  co_return descriptor;
}

Task<SinkPtr> co_open_target(Session& session, const Target& target, const GetOptions& options,
                             const ByteSource& source) {
  if (target.special) {
    const int descriptor = co_await co_open_special(target.path.native());
    DescriptorConfig config(descriptor, printable(target.path.native()));
    config.owned(true);
    co_return make_descriptor_sink(session.runtime(), std::move(config));
  }
  WriteOptions write;
  if (source.info().size) write.size(*source.info().size);
  if (!options.force) write.if_absent();
  SinkPtr sink = co_await co_create_file(session.runtime(), session.io(), target.path, std::move(write));
  co_return sink;
}

Task<int> co_get(Session& session, const GetOptions& options, Uri from, const Target& target) {
  SourcePtr source = co_await session.storage().co_open(from);
  SinkPtr sink = co_await co_open_target(session, target, options, *source);
  Progress progress(session.console(), "get " + shown_name(from, session.root(), false));
  const Stored stored = co_await co_transfer(*source, *sink, progress);
  progress.finish("wrote " + printable(target.path.native()) + ",");
  if (session.console().json()) {
    JsonObject line;
    line.text("uri", from.text()).text("file", target.path.native()).number("size", stored.size);
    line.text("crc32c", crc32c_text(stored.crc32c));
    add_effort(line, progress);
    session.console().result(line);
  }
  co_return exit_done;
}

int run_get(const Call& call, const GetOptions& options) {
  const Settings settings = resolve(call.options);
  const Uri from = object_named(options.uri, settings.root);
  const Target target = target_of(options, from);
  Session session(call, settings, {from});
  if (!target.path.empty()) return session.run(co_get(session, options, from, target));
  call.console.set_output_taken(true);
  return session.run(co_send(session, from, ReadOptions()));
}

int run_cat(const Call& call, const CatOptions& options) {
  call.console.set_output_taken(true);
  const Settings settings = resolve(call.options);
  const Uri from = object_named(options.uri, settings.root);
  ReadOptions read;
  if (!options.range.empty()) {
    const Result<ByteRange> range = ByteRange::parse(options.range);
    if (!range)
      throw Error(ErrorKind::invalid_argument,
                  "--range: “" + printable(options.range) + "”: " + range.error().message());
    read.range(*range);
  }
  Session session(call, settings, {from});
  return session.run(co_send(session, from, std::move(read)));
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
      "  coffer cat talks/one.mp4 --range -50      the last 50";
  cat.notes = "The whole object is checked against its checksum while it is read; a mismatch is told at the end.";
  auto cat_options = std::make_shared<CatOptions>();
  CLI::App& cat_verb = program.add_verb(cat, [cat_options](const Call& call) { return run_cat(call, *cat_options); });
  cat_verb.add_option("URI", cat_options->uri, "The object: a URI, or a key in the store")->required()->type_name("");
  cat_verb.add_option("--range", cat_options->range, "Bytes to write, both ends included: 0-99, 100-, -50")
      ->type_name("FIRST-LAST");
}

}  // namespace coffer::cli
