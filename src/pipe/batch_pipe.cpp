#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include "async/one_at_a_time.hpp"
#include "async/signal.hpp"
#include "async/task_group.hpp"
#include "pipe/batch_plan.hpp"
#include "pipe/list_output.hpp"
#include "pipe/run_job.hpp"
#include "pipe/run_pins.hpp"
#include "stream/equal_sources.hpp"

namespace coffer {

namespace asio = boost::asio;

namespace {

/// How one element ended.
struct ElementEnd {
  std::size_t index = 0;
  std::optional<Error> failure;
  /// In the order of the spec, where it did not fail.
  std::vector<Stored> outputs;
  /// By an earlier attempt at the run; of this element, or of one that held the same.
  enum class Made : std::uint8_t { now, before, of_equal } made = Made::now;
};

/// What the elements of a batch tell it. Thread-safe.
class ElementEnds {
 public:
  void add(ElementEnd end) {
    {
      const std::lock_guard lock(mutex_);
      ends_.push_back(std::move(end));
    }
    changed_.notify_all();
  }
  std::vector<ElementEnd> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(ends_, {});
  }
  Signal& changed() noexcept { return changed_; }

 private:
  std::mutex mutex_;
  std::vector<ElementEnd> ends_;
  Signal changed_;
};

/// Tells how one element ended: that it was cancelled, where its task is dropped before it could say so.
class EndReport {
 public:
  EndReport(std::shared_ptr<ElementEnds> to, std::size_t index) : to_(std::move(to)) {
    end_.index = index;
    end_.failure = Error(ErrorKind::cancelled, "it was cancelled before it started");
  }
  EndReport(EndReport&&) noexcept = default;
  EndReport& operator=(EndReport&&) = delete;
  ~EndReport() { tell(); }

  ElementEnd& end() noexcept { return end_; }
  void tell() {
    if (const auto to = std::exchange(to_, nullptr)) to->add(std::move(end_));
  }

 private:
  std::shared_ptr<ElementEnds> to_;
  ElementEnd end_;
};

/// As far as that can be.
Task<> co_remove_all(Storage& storage, std::vector<Uri> uris) {
  for (Uri& uri : uris) {
    try {
      co_await storage.co_remove(std::move(uri));
    } catch (const Error&) {
      continue;  // It goes with the run.
    }
  }
}

/// Nothing that it stored is left.
Task<> co_remove_outputs(Storage& storage, const PipeScope& scope) {
  std::vector<Uri> uris;
  for (const PipeScope::Output& output : scope.outputs()) {
    if (output.data->stored()) uris.push_back(output.data->uri());
  }
  co_await co_remove_all(storage, std::move(uris));
}

/// Whether an element holds the bytes that something was made of before.
Task<bool> co_holds_the_same(Storage& storage, Stored element, Stored before) {
  try {
    const std::optional<ObjectInfo> info = co_await storage.co_head(before.uri);
    if (!info || info->etag != before.etag || info->size != element.size || info->crc32c != element.crc32c)
      co_return false;
    const SourcePtr one = co_await storage.co_open(element.uri);
    const SourcePtr other = co_await storage.co_open(before.uri);
    co_return co_await co_equal(*one, *other);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
  }
  co_return false;  // What cannot be compared is done again.
}

/// Runs the pipe for one element, unless it is one of those that `before` was made of. `run` and `before`, which may
/// be null, outlive it.
Task<> co_do_element(RunContext& run, std::unique_ptr<PipeJob> job, EndReport report, Stored element,
                     const MadeElement* before) {
  ElementEnd& end = report.end();
  end.failure.reset();
  std::exception_ptr thrown;
  try {
    bool is_made = false;
    if (before != nullptr) is_made = co_await co_holds_the_same(run.storage, std::move(element), before->of.value());
    if (is_made) {
      end.made = ElementEnd::Made::of_equal;
    } else {
      co_await job->co_work();
    }
  } catch (...) {
    thrown = std::current_exception();  // Handled below: nothing can be awaited here.
  }
  // Before the next await, which else would throw at once where this was cancelled.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if (thrown) end.failure = job->failure(to_error(thrown));
  co_await job->co_tidy();
  if (thrown) {
    co_await co_remove_outputs(run.storage, job->scope());
  } else if (end.made == ElementEnd::Made::of_equal) {
    end.outputs = before->outputs;
  } else {
    for (const PipeScope::Output& output : job->scope().outputs()) end.outputs.push_back(*output.data->stored());
  }
  job.reset();
  report.tell();
}

class BatchPipe final : public PipeJob {
 public:
  BatchPipe(RunContext& run, std::size_t pipe)
      : PipeJob(run, PipeScope(run, pipe)),
        over_(run.plan.position(spec().batch()->over)),
        elements_(*run.lists[over_]),
        before_(made_before(run, pipe)),
        plan_(spec().batch()->at_most) {}

  Task<> co_work() override {
    for (const Output& output : outputs()) {
      lists_.push_back(std::make_unique<ListOutput>(run(), output.position, tally(), true));
      went_live(output);
    }
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    watching_.spawn(executor, co_watch());
    co_await co_until_over();
    if (ActivityClock* const clock = activity()) clock->works(false);
    if (failure_) throw Error(*failure_);
    for (const auto& list : lists_) co_await list->co_commit();
    tell_of_equals();
    co_await co_remove_earlier();
    co_await run().data[over_]->co_committed();
    co_await co_inputs_committed();
  }

  Task<> co_tidy() override {
    watching_.cancel_all();
    for (const auto& [index, task] : running_) task->cancel_all();
    for (const auto& [index, task] : running_) co_await task->co_empty();
    co_await watching_.co_empty();
    for (ElementEnd& end : ends_->take()) {
      if (end.failure) continue;
      if (run().journal) record(end);
      put(std::move(end));
    }
    // What was made of elements is written down, for who resumes the run.
    if (run().journal) co_return;
    for (const auto& list : lists_) co_await list->co_discard();
  }

  Error failure(Error cause) const override {
    // An element says itself which it was.
    if (failure_ && cause.kind() != ErrorKind::cancelled) return cause;
    return PipeJob::failure(std::move(cause));
  }

  bool follows_another() const override {
    return elements_.has_failed() || run().data[over_]->has_failed() || PipeJob::follows_another();
  }

 private:
  /// Learns of new elements. On the executor of the job.
  Task<> co_watch() {
    try {
      while (!seen_.is_complete) {
        seen_ = co_await elements_.co_more_than(seen_.ready);
        if (seen_.is_complete) tally()->elements_total = static_cast<std::int64_t>(seen_.ready);
        ends_->changed().notify_all();
      }
    } catch (...) {
      broken_ = std::current_exception();
      ends_->changed().notify_all();
    }
  }

  Task<> co_until_over() {
    for (;;) {
      const std::uint64_t epoch = ends_->changed().epoch();
      for (ElementEnd& end : ends_->take()) settle(std::move(end));
      if (broken_) std::rethrow_exception(broken_);
      while (const std::optional<std::size_t> index = plan_.start(seen_.ready)) start(*index);
      if (plan_.is_over(seen_.ready, seen_.is_complete)) co_return;
      co_await ends_->changed().co_wait(epoch);
    }
  }

  void start(std::size_t index) {
    const auto made = before_.find(index);
    const MadeElement* const before = made == before_.end() ? nullptr : &made->second;
    if (before != nullptr && !before->of) return settle_made(index, *before);
    if (ActivityClock* const clock = activity()) clock->works(true);
    PipeScope scope(run(), this->scope().pipe(), elements_.at(index));
    std::unique_ptr<PipeJob> job = make_attempts(run(), std::move(scope));
    auto task = std::make_unique<TaskGroup>();
    task->spawn(one_at_a_time(run().runtime()),
                co_do_element(run(), std::move(job), EndReport(ends_, index), elements_.at(index).stored, before));
    running_.emplace(index, std::move(task));
  }

  void settle(ElementEnd end) {
    const std::size_t index = end.index;
    if (!end.failure) {
      if (run().journal && end.made != ElementEnd::Made::before) record(end);
      if (end.made == ElementEnd::Made::of_equal) equals_.insert(index);
      put(std::move(end));
      plan_.ended(index);
      tally()->elements = plan_.done();
    } else {
      // One that was cancelled lies behind the failure that cancelled it.
      const bool is_first = !plan_.first_failure() || index < *plan_.first_failure();
      if (is_first) failure_ = std::move(end.failure);
      plan_.failed(index);
      for (const std::size_t behind : plan_.to_cancel()) running_.at(behind)->cancel_all();
    }
    running_.erase(index);
  }

  static MadeElements made_before(const RunContext& run, std::size_t pipe) {
    const auto batch = run.elements_before.find(pipe);
    return batch == run.elements_before.end() ? MadeElements() : batch->second;
  }

  void settle_made(std::size_t index, const MadeElement& made) {
    ElementEnd end;
    end.index = index;
    end.outputs = made.outputs;
    end.made = ElementEnd::Made::before;
    settle(std::move(end));
  }

  void tell_of_equals() const {
    if (equals_.empty()) return;
    run().news.tell([&](RunObserver& observer) { observer.resumed(spec().name(), equals_.size()); });
  }

  /// The elements of a list that was made again, as they were before, and what has been made of those that have
  /// changed.
  Task<> co_remove_earlier() {
    if (before_.empty()) co_return;
    const std::vector<HeldPin> pins = co_await co_pins_that_hold(run().storage, run().journal->run());
    if (!pins.empty()) co_return;  // It goes with the run.
    for (const auto& [index, made] : before_) {
      if (!made.of) continue;
      std::vector<Uri> uris = {made.of->uri};
      if (!equals_.contains(index)) {
        for (const Stored& output : made.outputs) uris.push_back(output.uri);
      }
      co_await co_remove_all(run().storage, std::move(uris));
    }
  }

  /// Nobody waits for it: what counts on it is written behind it.
  void record(const ElementEnd& end) {
    RunJournal& journal = *run().journal;
    if (!std::exchange(is_recorded_, true)) {
      BatchBegun batch;
      batch.pipe = spec().name();
      batch.identity = run().identities[scope().pipe()];
      for (const Input& input : inputs()) batch.inputs.push_back(used_input(*input.data));
      journal.add(batch);
    }
    const Stored element = elements_.at(end.index).stored;
    ElementFinished finished;
    finished.pipe = spec().name();
    finished.index = end.index;
    finished.element = UsedInput{spec().batch()->item, element.uri.text(), element.etag};
    for (std::size_t i = 0; i < end.outputs.size(); ++i) {
      RunObject& output = finished.outputs.emplace_back();
      output.name = outputs()[i].data->name();
      output.stored = end.outputs[i];
    }
    journal.add(finished);
  }

  void put(ElementEnd end) {
    for (std::size_t i = 0; i < end.outputs.size(); ++i) lists_[i]->put(end.index, std::move(end.outputs[i]));
  }

  const std::size_t over_;
  RunList& elements_;
  const MadeElements before_;  // By earlier attempts at the run.
  BatchPlan plan_;
  RunList::View seen_;
  std::exception_ptr broken_;
  std::shared_ptr<ElementEnds> ends_ = std::make_shared<ElementEnds>();
  std::map<std::size_t, std::unique_ptr<TaskGroup>> running_;
  TaskGroup watching_;
  std::vector<std::unique_ptr<ListOutput>> lists_;
  std::optional<Error> failure_;
  std::set<std::size_t> equals_;  // That need not be done again, as they are what they were.
  bool is_recorded_ = false;      // That the batch has begun.
};

}  // namespace

std::unique_ptr<RunJob> make_batch_pipe(RunContext& run, std::size_t pipe) {
  return std::make_unique<BatchPipe>(run, pipe);
}

}  // namespace coffer
