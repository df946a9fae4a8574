#include "pipe/run_entry.hpp"

#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include "async/helper_threads.hpp"
#include "pipe/survivors.hpp"

namespace coffer {
namespace {

constexpr std::chrono::seconds survivor_grace{5};

Task<> co_refuse_taken_names(Storage& storage, std::string run) {
  ListOptions one;
  one.page_size(1);
  Uri prefix = storage.providers().active()->uri_of(prefix_of_run(run));
  ListerPtr lister = co_await storage.co_list(prefix, std::move(one));
  const std::vector<ListEntry> first = co_await lister->co_next();
  if (first.empty()) co_return;
  throw Error(ErrorKind::already_exists,
              "the store has objects of that name that belong to no run: choose another "
              "id for the run, or remove them")
      .about(prefix.text());
}

Error no_run(const std::string& run) { return {ErrorKind::not_found, "there is no run " + run}; }

Error is_being_disposed(const std::string& run) {
  return {
      ErrorKind::conflict,
      "the run " + run + " is being disposed of and cannot be resumed: finish that (coffer runs dispose " + run + ")"};
}

}  // namespace

JournalStore& journals_of(const Storage& storage) {
  if (storage.journals() && storage.providers().active()) return *storage.journals();
  throw Error(ErrorKind::unsupported, "this store keeps no journals, so its runs have no ids; one in a folder does");
}

std::string prefix_of_run(const std::string& run) { return run + "/"; }

std::string work_folder_begin(const std::string& run) { return "coffer-" + run + "-"; }

Task<Result<RunHistory>> co_read_history(Storage& storage, std::string run) {
  const std::vector<JournalSegment> segments = co_await journals_of(storage).co_read(run);
  co_return replay_journal(run, segments, storage.providers().active()->root());
}

Task<RunEntry> co_enter_run(Storage& storage, std::string run, bool only_resumes) {
  JournalStore& journals = journals_of(storage);
  check_run_id(run);
  std::unique_ptr<RunClaim> claim = co_await journals.co_claim(run, !only_resumes);
  if (!claim) throw no_run(run);
  RunEntry entry;
  entry.journal = std::make_shared<RunJournal>(storage.runtime(), run, std::move(claim));
  Result<RunHistory> history = co_await co_read_history(storage, run);
  entry.history = std::move(history).value();
  if (entry.history.disposing) throw is_being_disposed(run);
  if (entry.history.begun) co_return std::move(entry);
  std::exception_ptr refused;
  try {
    if (only_resumes) throw no_run(run);
    co_await co_refuse_taken_names(storage, run);
  } catch (...) {
    refused = std::current_exception();
  }
  if (refused) {
    co_await co_leave_unbegun(entry);
    std::rethrow_exception(refused);
  }
  co_return std::move(entry);
}

Task<> co_leave_unbegun(RunEntry& entry) {
  namespace asio = boost::asio;
  if (entry.history.begun) co_return;
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  try {
    co_await entry.journal->claim().co_remove();
  } catch (const Error&) {
    // An empty folder stays, which gc finds; what went wrong before is told.
  }
}

Task<std::size_t> co_end_survivors(Runtime& runtime, const RunHistory& history, const RunHolder& here) {
  RunHistory attempts;
  attempts.run = history.run;
  attempts.holders = history.holders;
  attempts.started = history.started;
  attempts.work_folders = history.work_folders;
  auto call = [attempts = std::move(attempts), here, begin = work_folder_begin(history.run)] {
    const std::set<std::string> living = living_holders(attempts.holders, here);
    const std::size_t ended = end_survivors(survivors_of(attempts, here, living), survivor_grace);
    for (const std::string& text : attempts.work_folders) {
      const std::filesystem::path folder = text;
      const std::string name = folder.filename().string();
      if (!name.starts_with(begin) || living.contains(name.substr(begin.size()))) continue;
      std::error_code ignored;  // What stays is in the folder for temporary files, and says whose it is.
      std::filesystem::remove_all(folder, ignored);
    }
    return ended;
  };
  co_return co_await runtime.helpers().co_run(std::move(call));
}

}  // namespace coffer
