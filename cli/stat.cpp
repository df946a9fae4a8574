#include <memory>
#include <optional>
#include <string>

#include <CLI/App.hpp>
#include <coffer/base/byte_size.hpp>
#include <coffer/base/checksum.hpp>

#include "cli/columns.hpp"
#include "cli/exit_code.hpp"
#include "cli/names.hpp"
#include "cli/program.hpp"
#include "cli/text.hpp"
#include "cli/transfer.hpp"

namespace coffer::cli {
namespace {

constexpr std::size_t fact_width = 12;

std::string integrity_sentence(Integrity integrity) {
  switch (integrity) {
    case Integrity::verified_on_read:
      return "a checksum is kept with it and checked when it is read";
    case Integrity::changed_outside:
      return "changed by another program since it was stored";
    case Integrity::unverified:
      return "unverified: no checksum is kept with it";
  }
  return "";
}

void print(Console& console, const ObjectInfo& info) {
  const auto fact = [&console](const std::string& name, const std::string& value) {
    console.result(pad_right(name, fact_width) + "  " + value);
  };
  fact("uri", info.uri.text());
  if (info.size) fact("size", std::to_string(*info.size) + " (" + format_byte_size(*info.size) + ")");
  fact("modified", format_local_time(info.modified));
  fact("type", info.content_type.empty() ? "unknown" : printable(info.content_type));
  if (info.crc32c) fact("crc32c", crc32c_text(*info.crc32c));
  if (!info.etag.empty()) fact("etag", printable(info.etag));
  fact("integrity", integrity_sentence(info.integrity));
  for (const auto& [name, value] : info.metadata) fact("metadata", printable(name) + "=" + printable(value));
}

Task<int> co_stat(Session& session, Uri uri) {
  const std::optional<ObjectInfo> info = co_await session.storage().co_head(uri);
  if (!info) throw Error(ErrorKind::not_found, "there is no such object").during("stat").about(uri.text());
  if (session.console().json()) {
    session.console().result(describe(*info));
  } else {
    print(session.console(), *info);
  }
  co_return exit_done;
}

int run_stat(const Call& call, const std::string& name) {
  const Settings settings = resolve(call.options);
  const Uri uri = object_named(name, settings.root);
  Session session(call, settings, {uri});
  return session.run(co_stat(session, uri));
}

}  // namespace

void add_stat(Program& program) {
  VerbText text;
  text.name = "stat";
  text.summary = "Say what is known of an object, without reading it";
  text.examples =
      "  coffer stat talks/one.mp4\n"
      "  coffer stat talks/one.mp4 --json | jq .size";
  auto name = std::make_shared<std::string>();
  CLI::App& verb = program.add_verb(text, [name](const Call& call) { return run_stat(call, *name); });
  verb.add_option("URI", *name, "The object: a URI, or a key in the store")->required()->type_name("");
}

}  // namespace coffer::cli
