#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <coffer/base/byte_size.hpp>
#include <coffer/providers/local.hpp>

#include "cli/exit_code.hpp"
#include "cli/program.hpp"
#include "cli/text.hpp"
#include "cli/transfer.hpp"

namespace coffer::cli {
namespace {

struct GcOptions {
  bool dry_run = false;
  std::string older_than = "1h";
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

std::string summary(const std::vector<Leftover>& found, std::size_t younger, const GcOptions& options) {
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

Task<int> co_gc(Session& session, const GcOptions& options, std::chrono::seconds age) {
  const std::filesystem::path folder = session.root().path();
  if (session.note_absent_store()) co_return exit_done;
  const std::vector<Leftover> found =
      co_await co_collect_leftovers(session.runtime(), session.io(), folder, age, options.dry_run);
  for (const Leftover& leftover : found) print(session.console(), leftover, options.dry_run);
  const std::vector<Leftover> all =
      co_await co_collect_leftovers(session.runtime(), session.io(), folder, std::chrono::seconds(0), true);
  const std::size_t counted = options.dry_run ? found.size() : 0;
  session.console().note(summary(found, all.size() > counted ? all.size() - counted : 0, options));
  co_return exit_done;
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
  return session.run(co_gc(session, options, *age));
}

}  // namespace

void add_gc(Program& program) {
  VerbText text;
  text.name = "gc";
  text.summary = "Remove what killed writers left in the store";
  text.examples =
      "  coffer gc --dry-run              only name it\n"
      "  coffer gc --older-than 0         whatever its age";
  text.notes =
      "Leftovers are no objects and never seen as such; they only take room. What a living process still writes is "
      "never\n"
      "touched, whatever its age.";
  auto options = std::make_shared<GcOptions>();
  CLI::App& verb = program.add_verb(text, [options](const Call& call) { return run_gc(call, *options); });
  verb.add_flag("--dry-run", options->dry_run, "Remove nothing, only say what would be");
  verb.add_option("--older-than", options->older_than,
                  "Only what was last written so long ago: 30s, 15m, 2h, 7d. Default: 1h")
      ->type_name("AGE");
}

}  // namespace coffer::cli
