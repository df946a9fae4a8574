#include "pipe/disposal.hpp"

#include <algorithm>
#include <utility>

#include <coffer/pipe/list.hpp>

#include "pipe/journal_holder.hpp"
#include "pipe/run_entry.hpp"
#include "pipe/run_pins.hpp"

namespace coffer {
namespace {

DisposeReport report_of(DisposePlan plan) {
  DisposeReport report;
  report.existed = true;
  report.complete = !plan.is_pinned;
  report.left = std::move(plan.left);
  report.removed = std::move(plan.remove);
  for (const ObjectInfo& object : report.removed) report.bytes += object.size.value_or(0);
  return report;
}

/// A journal that was never begun says nothing, and that is no error here. Nor is a damaged one where no object goes.
Task<RunHistory> co_history(Storage& storage, std::string run, Keep keep) {
  Result<RunHistory> history = co_await co_read_history(storage, run);
  if (history || keep != Keep::everything || history.error().kind() != ErrorKind::corrupt)
    co_return std::move(history).value();
  RunHistory nothing;
  nothing.run = run;
  co_return std::move(nothing);
}

/// Nothing where its bytes are none of a list any more.
Task<std::optional<std::vector<ListElement>>> co_try_elements(Storage& storage, Uri list, std::string& why_not) {
  try {
    co_return co_await co_load_list(storage, std::move(list));
  } catch (const Error& error) {
    const ErrorKind kind = error.kind();
    if (kind != ErrorKind::corrupt && kind != ErrorKind::invalid_argument && kind != ErrorKind::too_large) throw;
    why_not = error.message();
  }
  co_return std::nullopt;
}

}  // namespace

Task<std::vector<ObjectInfo>> co_objects_of_run(Storage& storage, std::string run) {
  std::vector<ObjectInfo> objects;
  Uri prefix = storage.providers().active()->uri_of(prefix_of_run(run));
  ListerPtr lister = co_await storage.co_list(std::move(prefix));
  for (;;) {
    const std::vector<ListEntry> page = co_await lister->co_next();
    if (page.empty()) co_return std::move(objects);
    for (const ListEntry& entry : page) {
      if (!entry.is_prefix) objects.push_back(entry.info);
    }
  }
}

Task<ElementsThatStay> co_elements_that_stay(Storage& storage, const RunHistory& history, Keep keep) {
  ElementsThatStay stay;
  if (keep == Keep::everything) co_return std::move(stay);
  const std::string own = storage.providers().active()->uri_of(prefix_of_run(history.run)).text();
  for (Uri& list : lists_that_stay(history, keep, own)) {
    const std::optional<std::string> owner = co_await co_run_that_owns(storage, list);
    if (owner && *owner != history.run) continue;  // It was taken from there, with all that is in it.
    // No store that is open here has it any more.
    if (!storage.providers().find(list)) continue;
    const std::optional<ObjectInfo> info = co_await storage.co_head(list);
    if (!info || !is_list_type(info->content_type)) continue;
    const std::string name = list.text();
    std::string why_not;
    const auto all = co_await co_try_elements(storage, std::move(list), why_not);
    if (!all) {
      stay.unreadable.emplace();
      stay.unreadable->uri = name;
      stay.unreadable->why = "nobody can read what is in this list, so all that the run has is left: " + why_not;
      continue;
    }
    for (const ListElement& element : *all) stay.uris.insert(element.stored.uri.text());
  }
  co_return std::move(stay);
}

Task<DisposePlan> co_plan_dispose(Storage& storage, const RunHistory& history, Keep keep) {
  const std::vector<HeldPin> pins = co_await co_pins_that_hold(storage, history.run);
  // Without a beginning nothing bears its name that is its own.
  std::vector<ObjectInfo> there;
  if (history.begun) there = co_await co_objects_of_run(storage, history.run);
  const ElementsThatStay elements = co_await co_elements_that_stay(storage, history, keep);
  const Keep kept = elements.unreadable ? Keep::everything : keep;
  DisposePlan plan = plan_dispose(history, kept, there, pins, elements.uris);
  if (elements.unreadable) plan.left.push_back(*elements.unreadable);
  co_return std::move(plan);
}

Task<> co_remove_planned(Storage& storage, std::string run, std::vector<ObjectInfo> objects) {
  for (ObjectInfo& object : objects) {
    RemoveOptions options;
    if (!object.etag.empty()) options.if_etag(object.etag);
    try {
      co_await storage.co_remove(std::move(object.uri), std::move(options));
    } catch (const Error& error) {
      // Removed by somebody else, or replaced: then it is theirs.
      if (error.kind() != ErrorKind::precondition_failed) throw;
    }
  }
  // A kill comes between an object and its folder, too. What removes nothing ends what that had begun.
  WriteOptions of_run;
  of_run.prefix(prefix_of_run(run));
  Uri none = storage.new_uri(of_run);
  co_await storage.co_remove(std::move(none));
}

Task<bool> Disposal::co_begin() {
  JournalStore& journals = journals_of(storage_);
  std::unique_ptr<RunClaim> claim = co_await journals.co_claim(run_, false);
  if (!claim) co_return false;
  journal_ = std::make_shared<RunJournal>(storage_.runtime(), run_, std::move(claim));
  history_ = co_await co_history(storage_, run_, keep_);
  if (judgement_ && !judgement_(history_)) {
    journal_.reset();
    throw Error(ErrorKind::conflict, "the run " + run_ + " was taken up meanwhile");
  }
  co_await co_end_survivors(storage_.runtime(), history_, journal_->holder());
  const bool is_written = history_.disposing && history_.disposing->keep == keep_;
  if (!history_.begun || is_written) co_return true;
  co_await journal_->co_begin(history_, SegmentRoom::kept);
  RunDisposing disposing;
  disposing.at = journal_->now();
  disposing.keep = keep_;
  JournalRecord record = disposing;
  co_await journal_->co_write_durably(std::move(record));
  co_return true;
}

Task<DisposePlan> Disposal::co_decide() { return co_plan_dispose(storage_, history_, keep_); }

Task<DisposeReport> Disposal::co_perform(DisposePlan plan) {
  if (history_.begun) co_await co_remove_planned(storage_, run_, plan.remove);
  std::set<std::string> none;
  co_await journals_of(storage_).co_unpin_all(run_, std::move(none));
  DisposeReport report = report_of(std::move(plan));
  if (report.complete) co_await journal_->claim().co_remove();
  co_await journal_->co_close();
  co_return std::move(report);
}

Task<DisposeReport> Disposal::co_preview() {
  JournalStore& journals = journals_of(storage_);
  const std::vector<std::string> runs = co_await journals.co_runs();
  if (!std::ranges::binary_search(runs, run_)) co_return DisposeReport();
  const std::optional<RunHolder> holder = co_await journals.co_holder(run_);
  if (holder) throw Error(ErrorKind::conflict, "the run " + run_ + " is at work in " + holder_text(*holder));
  history_ = co_await co_history(storage_, run_, keep_);
  DisposePlan plan = co_await co_decide();
  co_return report_of(std::move(plan));
}

}  // namespace coffer
