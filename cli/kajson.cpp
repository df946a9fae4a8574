#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/App.hpp>
#include <coffer/base/byte_size.hpp>
#include <coffer/codec/json_document.hpp>
#include <coffer/codec/json_emitter.hpp>

#include "cli/exit_code.hpp"
#include "cli/file_target.hpp"
#include "cli/program.hpp"
#include "cli/transfer.hpp"

namespace coffer::cli {
namespace {

struct KajsonOptions {
  std::string file;
  std::optional<std::uint32_t> indent;
};

Task<std::string> co_read_text(ByteSource& source, std::uint64_t limit, const std::string& name) {
  std::string text;
  while (const std::optional<Chunk> chunk = co_await source.co_read()) {
    if (chunk->size() > limit - text.size()) {
      throw Error(ErrorKind::too_large, "more than the " + format_byte_size(limit) + " that a document may have")
          .during("read")
          .about(name);
    }
    text.append(chunk->text());
  }
  co_return std::move(text);
}

Task<> co_write_text(ByteSink& sink, std::string_view text) {
  while (!text.empty()) {
    Buffer buffer = co_await sink.co_buffer(text.size());
    const std::size_t part = std::min(buffer.size(), text.size());
    std::memcpy(buffer.data(), text.data(), part);
    Chunk chunk = std::move(buffer).share(part);
    co_await sink.co_write(std::move(chunk));
    text.remove_prefix(part);
  }
}

Task<int> co_reemit(Session& session, const FileArgument& file, const FileTarget& target, JsonStyle style) {
  SourcePtr source = co_await file.co_open(session);
  const std::string name = file.shown();
  const JsonLimits limits;
  std::string text = co_await co_read_text(*source, limits.bytes(), name);
  const Result<JsonDocument> document = JsonDocument::parse(std::move(text), limits);
  if (!document) {
    session.console().error(Error(document.error()).during("read").about(name));
    co_return exit_failed;
  }
  SinkPtr sink = co_await target.co_open(session);
  JsonEmitter emitter(document->root(), style);
  std::string part;
  for (bool more = true; more;) {
    part.clear();
    more = emitter.next(part);
    if (!more) part += '\n';
    co_await co_write_text(*sink, part);
  }
  co_await sink->co_commit();
  co_return exit_done;
}

int run_kajson(const Call& call, const KajsonOptions& options) {
  call.console.set_output_taken(true);
  JsonStyle style;
  if (options.indent) style.indent(*options.indent);
  const Settings settings = resolve(call.options);
  const FileArgument file(options.file);
  const FileTarget target("-", "", true);
  Session session(call, settings, file.typed());
  return session.run(co_reemit(session, file, target, style));
}

}  // namespace

void add_kajson(Program& program) {
  constexpr std::uint32_t most_indent = 16;
  VerbText text;
  text.name = "kajson";
  text.summary = "Print a Kajson or JSON document again as Python writes it, or say where it is wrong";
  text.examples =
      "  coffer kajson ticket.json                 on one line\n"
      "  coffer kajson --indent 4 ticket.json      a line for each value\n"
      "  coffer cat runs/1/ticket.json | coffer kajson -";
  text.notes =
      "Written as json.dumps does it: strings in ASCII, a name that an object has twice in its first place with its\n"
      "last value. Numbers keep their text. Classes that the document names are kept, and never imported or run.\n"
      "At most 1 GiB, and 1000 lists and objects in each other.";
  auto options = std::make_shared<KajsonOptions>();
  CLI::App& verb = program.add_verb(text, [options](const Call& call) { return run_kajson(call, *options); });
  verb.add_option("FILE", options->file, "The document; - is standard input")->required()->type_name("");
  verb.add_option("--indent", options->indent, "Spaces for each level, 0 to 16. Default: all on one line")
      ->type_name("N")
      ->check(CLI::Range(0U, most_indent));
}

}  // namespace coffer::cli
