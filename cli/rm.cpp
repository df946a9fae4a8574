#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>

#include "cli/exit_code.hpp"
#include "cli/names.hpp"
#include "cli/program.hpp"
#include "cli/transfer.hpp"

namespace coffer::cli {
namespace {

struct RmOptions {
  std::vector<std::string> names;
  bool recursive = false;
};

Error absent(const Uri& uri, bool recursive) {
  const std::string what = recursive ? "there is no such object, and none below it" : "there is no such object";
  return Error(ErrorKind::not_found, what).during("rm").about(uri.text());
}

void say_removed(Session& session, const Uri& uri) {
  if (!session.console().json()) return;
  JsonObject line;
  line.text("uri", uri.text()).flag("removed", true);
  session.console().result(line);
}

/// False where it is not there.
Task<bool> co_remove_object(Session& session, Uri uri) {
  const std::optional<ObjectInfo> there = co_await session.storage().co_head(uri);
  if (!there) co_return false;
  co_await session.storage().co_remove(uri);
  say_removed(session, uri);
  co_return true;
}

/// False where nothing is below it.
Task<bool> co_remove_below(Session& session, Uri folder) {
  ListOptions one;
  one.page_size(1);
  ListerPtr lister = co_await session.storage().co_list(folder, std::move(one));
  const std::vector<ListEntry> first = co_await lister->co_next();
  if (first.empty()) co_return false;
  RemoveOptions all;
  all.recursive();
  co_await session.storage().co_remove(folder, std::move(all));
  say_removed(session, folder);
  co_return true;
}

Task<bool> co_remove_tree(Session& session, Uri uri) {
  if (uri.path().ends_with('/')) {
    const bool below = co_await co_remove_below(session, uri);
    co_return below;
  }
  const bool object = co_await co_remove_object(session, uri);
  const Uri folder(uri.raw() + "/");
  const bool below = co_await co_remove_below(session, folder);
  co_return object || below;
}

/// Goes on after one that failed; the first failure is the exit code, for each one is told.
Task<int> co_rm(Session& session, std::vector<Uri> uris, bool recursive) {
  int code = exit_done;
  for (const Uri& uri : uris) {
    std::optional<Error> failed;
    try {
      bool removed = false;
      if (recursive) {
        removed = co_await co_remove_tree(session, uri);
      } else {
        removed = co_await co_remove_object(session, uri);
      }
      if (!removed) failed = absent(uri, recursive);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      failed = error;
    }
    if (!failed) continue;
    session.console().error(*failed);
    if (code == exit_done) code = exit_code_of(failed->kind());
  }
  co_return code;
}

void refuse_whole_store(const std::vector<Uri>& uris, const Uri& root) {
  for (const Uri& uri : uris) {
    if (uri != root && !(uri.is_below(root) && uri.key_below(root).empty())) continue;
    throw Error(ErrorKind::invalid_argument, "that is the whole store: remove its folder yourself if you mean it")
        .during("rm")
        .about(uri.text());
  }
}

int run_rm(const Call& call, const RmOptions& options) {
  const Settings settings = resolve(call.options);
  std::vector<Uri> uris;
  uris.reserve(options.names.size());
  for (const std::string& name : options.names) uris.push_back(object_named(name, settings.root));
  refuse_whole_store(uris, settings.root);
  Session session(call, settings, uris);
  return session.run(co_rm(session, uris, options.recursive));
}

}  // namespace

void add_rm(Program& program) {
  VerbText text;
  text.name = "rm";
  text.summary = "Remove objects";
  text.examples =
      "  coffer rm talks/one.mp4 talks/two.mp4\n"
      "  coffer rm -r talks/                      everything that begins with talks/";
  text.notes = "What is not there is told and makes the exit code 3; the others are removed all the same.";
  auto options = std::make_shared<RmOptions>();
  CLI::App& verb = program.add_verb(text, [options](const Call& call) { return run_rm(call, *options); });
  verb.add_option("URI", options->names, "The objects: URIs, or keys in the store")->required()->type_name("");
  verb.add_flag("-r,--recursive", options->recursive,
                "Also everything below: talks/ and talks mean all that begins with talks/");
}

}  // namespace coffer::cli
