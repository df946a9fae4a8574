#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>

#include "cli/columns.hpp"
#include "cli/exit_code.hpp"
#include "cli/names.hpp"
#include "cli/program.hpp"
#include "cli/text.hpp"
#include "cli/transfer.hpp"

namespace coffer::cli {
namespace {

// Objects read at a time: enough to keep a disk busy with small ones, few enough for the budget.
constexpr std::size_t readers = 4;

struct VerifyOptions {
  std::string prefix;
  bool strict = false;
};

struct Counts {
  std::uint64_t ok = 0;
  std::uint64_t bad = 0;
  std::uint64_t changed_outside = 0;
  std::uint64_t unverified = 0;
};

/// Reads objects back and keeps count. All its coroutines run on one thread.
class Verifier {
 public:
  Verifier(Session& session, const VerifyOptions& options)
      : session_(session), options_(options), progress_(session.console(), "verify") {}

  Task<int> co_run(Uri prefix);

 private:
  Task<> co_verify_page(std::vector<ListEntry> page);
  Task<bool> co_take_turns(const std::vector<ListEntry>& page, std::size_t& next);
  Task<> co_verify(const ObjectInfo& listed);
  void name_unread(const Error& folders);
  void name(const std::string& uri, const std::string& state, const std::string& why);
  int finish(bool found);

  Session& session_;
  const VerifyOptions& options_;
  Progress progress_;
  Counts counts_;
};

Task<int> Verifier::co_run(Uri prefix) {
  ListOptions list;
  ListerPtr lister = co_await session_.storage().co_list(prefix, std::move(list));
  bool found = false;
  for (;;) {
    std::vector<ListEntry> page;
    try {
      page = co_await lister->co_next();
    } catch (const Error& error) {
      // Folders that may not be read, told behind all that may.
      if (error.kind() != ErrorKind::permission_denied) throw;
      found = true;
      name_unread(error);
    }
    if (page.empty()) break;
    found = true;
    co_await co_verify_page(std::move(page));
  }
  if (!found && !options_.prefix.empty()) throw nothing_begins_so("verify", prefix);
  co_return finish(found);
}

Task<> Verifier::co_verify_page(std::vector<ListEntry> page) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  std::size_t next = 0;
  using Turn = decltype(asio::co_spawn(executor, co_take_turns(page, next), asio::deferred));
  std::vector<Turn> turns;
  turns.reserve(readers);
  for (std::size_t i = 0; i < readers; ++i) {
    turns.push_back(asio::co_spawn(executor, co_take_turns(page, next), asio::deferred));
  }
  auto group = asio::experimental::make_parallel_group(std::move(turns));
  auto [order, errors, done] = co_await group.async_wait(asio::experimental::wait_for_one_error(), asio::deferred);
  // The first that failed is the cause; the others were cancelled because of it.
  for (const std::size_t i : order) {
    if (errors[i]) std::rethrow_exception(errors[i]);
  }
}

Task<bool> Verifier::co_take_turns(const std::vector<ListEntry>& page, std::size_t& next) {
  while (next < page.size()) {
    const ObjectInfo& listed = page[next++].info;
    co_await co_verify(listed);
  }
  co_return true;
}

Task<> Verifier::co_verify(const ObjectInfo& listed) {
  ObjectInfo info = listed;
  try {
    SourcePtr source = co_await session_.storage().co_open(listed.uri);
    info = source->info();
    for (;;) {
      const std::optional<Chunk> chunk = co_await source->co_read();
      if (!chunk) break;
      progress_.add(chunk->size());
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    // Removed since it was listed: there is nothing to verify.
    if (error.kind() == ErrorKind::not_found) co_return;
    ++counts_.bad;
    name(info.uri.text(), "bad", error.message());
    co_return;
  }
  switch (info.integrity) {
    case Integrity::verified_on_read:
      ++counts_.ok;
      co_return;
    case Integrity::changed_outside:
      ++counts_.changed_outside;
      name(info.uri.text(), "changed_outside", "written to by another program since it was stored");
      co_return;
    case Integrity::unverified:
      ++counts_.unverified;
      if (options_.strict) name(info.uri.text(), "unverified", "no checksum is kept with it");
      co_return;
  }
}

void Verifier::name_unread(const Error& folders) {
  ++counts_.bad;
  name(folders.uri(), "bad", folders.message());
}

void Verifier::name(const std::string& uri, const std::string& state, const std::string& why) {
  Console& console = session_.console();
  if (console.json()) {
    JsonObject line;
    line.text("uri", uri).text("state", state).text("message", why);
    console.result(line);
    return;
  }
  console.result(pad_right(state, 15) + "  " + uri + "  " + printable(why));
}

int Verifier::finish(bool found) {
  if (found || !session_.note_absent_store()) progress_.finish("read back");
  Console& console = session_.console();
  if (console.json()) {
    JsonObject counts;
    counts.number("ok", counts_.ok).number("bad", counts_.bad).number("changed_outside", counts_.changed_outside);
    counts.number("unverified", counts_.unverified).number("bytes", progress_.bytes());
    add_effort(counts, progress_);
    JsonObject line;
    console.result(line.object("summary", counts));
  } else {
    console.result(std::to_string(counts_.ok) + " ok, " + std::to_string(counts_.bad) + " bad, " +
                   std::to_string(counts_.changed_outside) + " changed outside, " + std::to_string(counts_.unverified) +
                   " unverified");
  }
  const bool wrong = counts_.bad != 0 || (options_.strict && counts_.changed_outside + counts_.unverified != 0);
  return wrong ? exit_failed : exit_done;
}

Task<int> co_verify_all(Session& session, const VerifyOptions& options, Uri prefix) {
  Verifier verifier(session, options);
  const int code = co_await verifier.co_run(std::move(prefix));
  co_return code;
}

int run_verify(const Call& call, const VerifyOptions& options) {
  const Settings settings = resolve(call.options);
  const Uri prefix = prefix_named(options.prefix, settings.root);
  Session session(call, settings, {prefix});
  return session.run(co_verify_all(session, options, prefix));
}

}  // namespace

void add_verify(Program& program) {
  VerbText text;
  text.name = "verify";
  text.summary = "Read objects back and compare them with their checksums; never removes anything";
  text.examples =
      "  coffer verify                     the whole store\n"
      "  coffer verify talks/ --strict     fail also where another program wrote, or no checksum is kept";
  text.notes =
      "Counts what is ok, bad (other bytes than were stored, or unreadable), changed outside (by another program) and\n"
      "unverified (without a checksum). Exit code 1 where something is wrong, with its names.";
  auto options = std::make_shared<VerifyOptions>();
  CLI::App& verb = program.add_verb(text, [options](const Call& call) { return run_verify(call, *options); });
  verb.add_option("PREFIX", options->prefix, "Beginning of a key, or a URI. Default: the whole store")->type_name("");
  verb.add_flag("--strict", options->strict, "What changed outside or has no checksum is wrong too");
}

}  // namespace coffer::cli
