#include "pipe/run_closing.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/pipe/list.hpp>

#include "async/helper_threads.hpp"
#include "pipe/run_pins.hpp"
#include "pipe/run_tidying.hpp"

namespace coffer {

namespace asio = boost::asio;

namespace {

/// Whether it is there as it was stored, with the elements where it is a list.
Task<bool> co_is_as_stored(Storage& storage, Stored stored) {
  const std::optional<ObjectInfo> info = co_await storage.co_head(stored.uri);
  if (!info || info->etag != stored.etag) co_return false;
  if (!is_list_type(stored.content_type)) co_return true;
  const std::vector<ListElement> elements = co_await co_load_list(storage, std::move(stored.uri));
  for (const ListElement& element : elements) {
    const std::optional<ObjectInfo> found = co_await storage.co_head(element.stored.uri);
    if (!found || found->etag != element.stored.etag) co_return false;
  }
  co_return true;
}

}  // namespace

Task<> RunClosing::co_succeed(const RunResult& result) {
  if (options_.deliver_) {
    Task<> delivery = options_.deliver_(result);
    co_await std::move(delivery);
  }
  // From here on it has ended well, whoever wants to cancel it.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await co_remove_work_folder();
  if (entry_ != nullptr) {
    RunFinished finished;
    finished.at = entry_->journal->now();
    for (const auto& [name, stored] : result.outputs) {
      RunObject& output = finished.outputs.emplace_back();
      output.name = name;
      output.stored = stored;
    }
    JournalRecord record = std::move(finished);
    co_await entry_->journal->co_write_durably(std::move(record));
    // Behind the record: who pins later sees it (co_pin_input).
    pins_ = co_await co_pins_that_hold(run_.storage, entry_->journal->run());
  }
  co_await co_remove_what_is_not_kept();
  if (entry_ != nullptr) {
    std::set<std::string> needed = still_needed();
    co_await run_.storage.journals()->co_unpin_all(entry_->journal->run(), std::move(needed));
    if (options_.keep_ == Keep::nothing && pins_.empty() && is_tidy_) {
      co_await entry_->journal->claim().co_remove();
    } else if (is_tidy_) {
      co_await co_record_tidied();
    }
  }
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
}

Task<> RunClosing::co_record_tidied() {
  JournalRecord record = RunTidied{entry_->journal->now()};
  try {
    co_await entry_->journal->co_write(std::move(record));
  } catch (const Error&) {
    // It has ended well all the same, and is looked through once more.
  }
}

Task<> RunClosing::co_fail(std::exception_ptr thrown) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if (entry_ == nullptr) co_return;
  co_await co_remove_work_folder();
  const Error why = to_error(thrown);
  RunFailed failed;
  failed.at = entry_->journal->now();
  failed.kind = to_string(why.kind());
  failed.message = why.what();
  JournalRecord record = std::move(failed);
  try {
    co_await entry_->journal->co_write_durably(std::move(record));
  } catch (const Error&) {
    // The first error is told. Without the record the run counts as interrupted, and is resumed all the same.
  }
}

bool RunClosing::is_of_another_run(std::size_t data) const {
  const Uri uri = run_.data[data]->stored().value_or(Stored()).uri;
  return entry_ != nullptr && !uri.empty() && owner_of(run_.storage, uri) != entry_->journal->run();
}

/// What it took from earlier runs and hands out, or keeps: pinned until it is disposed of.
std::set<std::string> RunClosing::still_needed() const {
  std::set<std::string> names;
  for (std::size_t i = 0; i < run_.data.size(); ++i) {
    const RunPlan::Data& data = run_.plan.data()[i];
    const bool is_kept = options_.keep_ == Keep::everything || (options_.keep_ == Keep::outputs && data.is_output);
    if (!data.writers.empty() && is_kept && is_of_another_run(i)) names.insert(data.name);
  }
  return names;
}

/// What the run made under its own names, and does not keep.
bool RunClosing::keeps(std::size_t data) const {
  if (!run_.is_own[data] || run_.board->is_left_out(data)) return true;
  if (run_.data[data]->is_inline() || is_of_another_run(data)) return true;
  if (options_.keep_ == Keep::outputs) return run_.plan.data()[data].is_output;
  return options_.keep_ == Keep::everything;
}

Task<> RunClosing::co_remove_what_is_not_kept() {
  for (std::size_t i = 0; i < run_.data.size(); ++i) {
    if (keeps(i)) continue;
    // What names the elements goes first: a list that is there is whole.
    Stored stored = *run_.data[i]->stored();
    co_await co_remove_object(run_.data[i]->name(), std::move(stored));
    if (run_.lists[i]) co_await co_remove_elements(*run_.lists[i]);
  }
}

Task<> RunClosing::co_remove_elements(const RunList& list) {
  const std::size_t count = list.view().ready;
  for (std::size_t i = 0; i < count; ++i) {
    Stored stored = list.at(i).stored;
    co_await co_remove_object(list.name(), std::move(stored));
  }
}

/// Of a run with an id: the folders of its commands are gone by now.
Task<> RunClosing::co_remove_work_folder() {
  if (entry_ == nullptr) co_return;
  auto remove = [folder = run_.work_folder] {
    std::error_code ignored;  // It is not there where no command has run.
    std::filesystem::remove(folder, ignored);
  };
  co_await run_.runtime().helpers().co_run(std::move(remove));
}

Task<> RunClosing::co_remove_object(std::string name, Stored stored) {
  const std::string pinned = stored.uri.text();
  if (std::ranges::any_of(pins_, [&](const HeldPin& pin) { return pins_object(pin, pinned); })) {
    is_tidy_ = false;
    co_return;
  }
  std::string why_not;
  try {
    RemoveOptions options;
    if (!stored.etag.empty()) options.if_etag(stored.etag);
    Uri uri = stored.uri;
    co_await run_.storage.co_remove(std::move(uri), std::move(options));
  } catch (const Error& error) {
    // Where somebody has replaced or removed it, it is not the run's any more.
    if (error.kind() == ErrorKind::precondition_failed) co_return;
    why_not = error.what();
  }
  if (why_not.empty()) co_return;
  is_tidy_ = false;
  run_.news.tell([&](RunObserver& observer) {
    observer.warned("'" + name + "', which the run does not keep, could not be removed: " + why_not);
  });
}

namespace {

/// Deaf to errors: it is done again the next time. Where nothing is kept the outputs are there for this one result.
Task<> co_tidy_now(Storage& storage, RunEntry& entry) {
  if (!is_untidy(entry.history) || entry.history.begun->keep == Keep::nothing) co_return;
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  try {
    co_await co_tidy(storage, entry.journal, entry.history);
  } catch (const Error&) {
    // The result can be had.
  }
  co_await entry.journal->co_close();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
}

/// Of a run that had ended well and was killed while it removed all of itself.
Task<> co_finish_removing(Storage& storage, const RunEntry& entry) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await co_tidy(storage, entry.journal, entry.history);
  throw Error(ErrorKind::not_found,
              "the run " + entry.history.run +
                  " had ended well and keeps nothing: what was left of it is removed now, and its id is free again");
}

}  // namespace

Task<RunResult> co_result_of_finished(Storage& storage, RunEntry entry) {
  RunResult result;
  result.ended_before = true;
  for (const RunObject& output : entry.history.completed->outputs) {
    const bool is_whole = co_await co_is_as_stored(storage, output.stored);
    if (!is_whole && entry.history.begun->keep == Keep::nothing) co_await co_finish_removing(storage, entry);
    if (!is_whole) {
      throw Error(ErrorKind::not_found, "the run " + entry.history.run + " has ended well, but its output '" +
                                            output.name + "' is not as it left it any more: begin a new run")
          .about(output.stored.uri.text());
    }
    result.outputs.emplace(output.name, output.stored);
  }
  for (const auto& [name, stored] : entry.history.stored) result.reused.push_back(name);
  for (const auto& [name, finished] : entry.history.finished) result.reused.push_back(name);
  for (const auto& [name, skipped] : entry.history.skipped) result.skipped.emplace(name, skipped.why);
  for (const std::string& name : entry.history.begun->outputs) {
    if (!result.outputs.contains(name)) result.absent.insert(name);
  }
  co_await co_tidy_now(storage, entry);
  co_return std::move(result);
}

}  // namespace coffer
