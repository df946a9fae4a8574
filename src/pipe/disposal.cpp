#include "pipe/disposal.hpp"

#include <algorithm>
#include <optional>
#include <set>
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

/// A journal that was never begun says nothing, and that is no error here.
Task<RunHistory> co_history(JournalStore& journals, std::string run) {
  const std::vector<JournalSegment> segments = co_await journals.co_read(run);
  co_return replay_journal(run, segments).value();
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

Task<std::vector<ObjectInfo>> Disposal::co_objects() { return co_objects_of_run(storage_, run_); }

Task<bool> Disposal::co_begin() {
  JournalStore& journals = journals_of(storage_);
  std::unique_ptr<RunClaim> claim = co_await journals.co_claim(run_, false);
  if (!claim) co_return false;
  journal_ = std::make_shared<RunJournal>(storage_.runtime(), run_, std::move(claim));
  history_ = co_await co_history(journals, run_);
  co_await co_end_survivors(storage_.runtime(), history_, journal_->holder());
  if (!history_.begun) co_return true;
  co_await journal_->co_begin(history_);
  RunDisposing disposing;
  disposing.at = journal_->now();
  disposing.keep = keep_;
  JournalRecord record = disposing;
  co_await journal_->co_write_durably(std::move(record));
  co_return true;
}

/// What is in the lists that stay, as far as they are there.
Task<std::set<std::string>> Disposal::co_elements_that_stay() {
  std::set<std::string> elements;
  for (Uri& list : lists_that_stay(history_, keep_)) {
    const std::optional<ObjectInfo> info = co_await storage_.co_head(list);
    if (!info || !is_list_type(info->content_type)) continue;
    const std::vector<ListElement> all = co_await co_load_list(storage_, std::move(list));
    for (const ListElement& element : all) elements.insert(element.stored.uri.text());
  }
  co_return std::move(elements);
}

Task<DisposePlan> Disposal::co_decide() {
  const std::vector<RunPin> pins = co_await co_pins_that_hold(storage_, run_);
  // Without a beginning nothing bears its name that is its own.
  std::vector<ObjectInfo> there;
  if (history_.begun) there = co_await co_objects();
  const std::set<std::string> elements = co_await co_elements_that_stay();
  co_return plan_dispose(history_, keep_, there, pins, elements);
}

Task<DisposeReport> Disposal::co_perform(DisposePlan plan) {
  for (const ObjectInfo& object : plan.remove) {
    RemoveOptions options;
    if (!object.etag.empty()) options.if_etag(object.etag);
    Uri uri = object.uri;
    try {
      co_await storage_.co_remove(std::move(uri), std::move(options));
    } catch (const Error& error) {
      // Removed by somebody else, or replaced: then it is theirs.
      if (error.kind() != ErrorKind::precondition_failed) throw;
    }
  }
  if (history_.begun) co_await co_unpin_inputs(storage_, run_, *history_.begun);
  DisposeReport report = report_of(std::move(plan));
  if (report.complete) co_await journal_->claim().co_remove();
  co_return std::move(report);
}

Task<DisposeReport> Disposal::co_preview() {
  JournalStore& journals = journals_of(storage_);
  const std::vector<std::string> runs = co_await journals.co_runs();
  if (!std::ranges::binary_search(runs, run_)) co_return DisposeReport();
  const std::optional<RunHolder> holder = co_await journals.co_holder(run_);
  if (holder) throw Error(ErrorKind::conflict, "the run " + run_ + " is at work in " + holder_text(*holder));
  history_ = co_await co_history(journals, run_);
  DisposePlan plan = co_await co_decide();
  co_return report_of(std::move(plan));
}

}  // namespace coffer
