#include <memory>
#include <string>
#include <utility>

#include <CLI/App.hpp>

#include "cli/exit_code.hpp"
#include "cli/names.hpp"
#include "cli/program.hpp"
#include "cli/transfer.hpp"

namespace coffer::cli {
namespace {

struct CpOptions {
  std::string from;
  std::string to;
};

Task<int> co_cp(Session& session, Uri from, Uri to) {
  Progress progress(session.console(), "cp " + shown_name(from, session.root(), false));
  const Stored stored = co_await session.storage().co_copy(std::move(from), std::move(to));
  progress.set(stored.size);
  progress.finish("copied");
  if (session.console().json()) {
    session.console().result(describe(stored, progress));
  } else {
    session.console().result(stored.uri.text());
  }
  co_return exit_done;
}

int run_cp(const Call& call, const CpOptions& options) {
  const Settings settings = resolve(call.options);
  const Uri from = object_named(options.from, settings.root);
  const Uri to = object_named(options.to, settings.root);
  Session session(call, settings, {from, to});
  return session.run(co_cp(session, from, to));
}

}  // namespace

void add_cp(Program& program) {
  VerbText text;
  text.name = "cp";
  text.summary = "Copy an object; prints the copy's URI once it is durable";
  text.examples =
      "  coffer cp talks/one.mp4 archive/one.mp4\n"
      "  coffer cp file:///home/me/video.mp4 talks/two.mp4     from a file outside the store";
  text.notes =
      "Inside one store the bytes need not move where the file system can share them. Type and metadata come along,\n"
      "and so does the checksum, which is not compared with the bytes: verify does that.\n"
      "TO is written over where it is there.";
  auto options = std::make_shared<CpOptions>();
  CLI::App& verb = program.add_verb(text, [options](const Call& call) { return run_cp(call, *options); });
  verb.add_option("FROM", options->from, "An object: a URI, or a key in the store")->required()->type_name("");
  verb.add_option("TO", options->to, "The copy: a URI, or a key in the store")->required()->type_name("");
}

}  // namespace coffer::cli
