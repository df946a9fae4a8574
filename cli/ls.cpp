#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <coffer/base/byte_size.hpp>

#include "cli/columns.hpp"
#include "cli/exit_code.hpp"
#include "cli/names.hpp"
#include "cli/program.hpp"
#include "cli/text.hpp"
#include "cli/transfer.hpp"

namespace coffer::cli {
namespace {

// "2026-01-02 03:04:05", "unverified", "1023.9 MiB".
constexpr std::size_t time_width = 19;
constexpr std::size_t integrity_width = 10;
constexpr std::size_t size_width = 10;
constexpr std::size_t longest_type = 40;

struct LsOptions {
  std::string prefix;
  bool details = false;
  bool recursive = false;
  bool bytes = false;
};

std::string size_text(const ListEntry& entry, bool bytes) {
  if (entry.is_prefix || !entry.info.size) return "-";
  return bytes ? std::to_string(*entry.info.size) : format_byte_size(*entry.info.size);
}

/// Writes pages of a listing. Columns are as wide as the widest of their page, and never narrower than before.
class Printer {
 public:
  Printer(Session& session, const LsOptions& options) : session_(session), options_(options) {}

  void print(const std::vector<ListEntry>& page) {
    for (const ListEntry& entry : page) {
      size_width_ = std::max(size_width_, size_text(entry, options_.bytes).size());
      type_width_ = std::max(type_width_, std::min(display_width(printable(entry.info.content_type)), longest_type));
    }
    for (const ListEntry& entry : page) print(entry);
  }

 private:
  void print(const ListEntry& entry) {
    Console& console = session_.console();
    if (console.json()) return console.result(json_of(entry));
    const std::string name = shown_name(entry.info.uri, session_.root(), looks_like_uri(options_.prefix));
    if (!options_.details) return console.result(name);
    std::string line = pad_left(size_text(entry, options_.bytes), size_width_) + "  ";
    line += pad_right(entry.is_prefix ? "-" : format_local_time(entry.info.modified), time_width) + "  ";
    line += pad_right(entry.is_prefix ? "-" : shorten(printable(entry.info.content_type), longest_type), type_width_) +
            "  ";
    line += pad_right(entry.is_prefix ? "-" : integrity_word(entry.info.integrity), integrity_width) + "  ";
    console.result(line + name);
  }

  static JsonObject json_of(const ListEntry& entry) {
    if (!entry.is_prefix) return describe(entry.info).text("key", entry.key);
    JsonObject prefix;
    return prefix.text("prefix", entry.key).text("uri", entry.info.uri.text());
  }

  Session& session_;
  const LsOptions& options_;
  std::size_t size_width_ = size_width;
  std::size_t type_width_ = 0;
};

Task<int> co_ls(Session& session, const LsOptions& options, Uri prefix) {
  ListOptions list;
  list.recursive(options.recursive);
  ListerPtr lister = co_await session.storage().co_list(prefix, std::move(list));
  Printer printer(session, options);
  bool found = false;
  for (;;) {
    const std::vector<ListEntry> page = co_await lister->co_next();
    if (page.empty()) break;
    found = true;
    printer.print(page);
  }
  if (found) co_return exit_done;
  if (!options.prefix.empty()) throw nothing_begins_so("ls", prefix);
  session.note_absent_store();
  co_return exit_done;
}

int run_ls(const Call& call, const LsOptions& options) {
  const Settings settings = resolve(call.options);
  const Uri prefix = prefix_named(options.prefix, settings.root);
  Session session(call, settings, {prefix});
  return session.run(co_ls(session, options, prefix));
}

}  // namespace

void add_ls(Program& program) {
  VerbText text;
  text.name = "ls";
  text.summary = "List objects by the beginning of their names";
  text.examples =
      "  coffer ls                  the top of the store; a/ stands for all that begins with a/\n"
      "  coffer ls -l talks/        with size, time, type and integrity\n"
      "  coffer ls -r --json        every object, one JSON object a line";
  text.notes =
      "PREFIX is the beginning of a name, not a folder: vid finds video.mp4 and videos/. Integrity is `checksum` "
      "(kept\n"
      "with the object, checked when it is read), `changed` (by another program since) or `unverified` (no checksum).";
  auto options = std::make_shared<LsOptions>();
  CLI::App& verb = program.add_verb(text, [options](const Call& call) { return run_ls(call, *options); });
  verb.add_option("PREFIX", options->prefix, "Beginning of a key, or a URI. Default: the whole store")->type_name("");
  verb.add_flag("-l,--long", options->details, "One line of facts for each object");
  verb.add_flag("-r,--recursive", options->recursive, "Names below a further / too");
  verb.add_flag("-b,--bytes", options->bytes, "Sizes in bytes");
}

}  // namespace coffer::cli
