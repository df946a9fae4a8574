#include <map>
#include <utility>
#include <vector>

#include <boost/asio/this_coro.hpp>

#include "async/together.hpp"
#include "pipe/run_job.hpp"

namespace coffer {

namespace asio = boost::asio;

namespace {

Task<> co_nothing_more() { co_return; }

/// A pipe of a run that takes from earlier ones.
class ReusePipe final : public RunJob {
 public:
  ReusePipe(RunContext& run, std::size_t pipe, std::unique_ptr<RunJob> job)
      : RunJob(run, run.pipe_tallies[pipe]), pipe_(pipe), spec_(run.pipeline.pipes()[pipe]), job_(std::move(job)) {}

  Task<> co_work() override {
    if (run().decided_later.contains(pipe_)) co_await co_decide();
    if (choice_.run) {
      co_await co_take();
      co_return;
    }
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    co_await co_all(executor, job_->co_work(), co_hash_inputs(), co_nothing_more());
  }

  /// What was taken is written down already.
  Task<> co_record(RunJournal& journal) override {
    if (!choice_.run) co_await job_->co_record(journal);
  }
  void give_up_record() override {
    if (!choice_.run) job_->give_up_record();
  }
  Task<> co_tidy() override { return job_->co_tidy(); }
  Error failure(Error cause) const override { return job_->failure(std::move(cause)); }
  bool follows_another() const override { return job_->follows_another(); }

 private:
  /// What it depends on, as the plan has it; once it is committed.
  Task<std::map<std::string, ContentName>> co_inputs() {
    std::map<std::string, ContentName> inputs;
    const std::vector<std::size_t> all = run().present(run().plan.depends_on(pipe_));
    for (const std::size_t position : all) {
      RunData& data = *run().data[position];
      co_await data.co_committed();
      const Stored stored = data.stored().value();
      const ContentName name{stored.uri.text(), stored.etag};
      if (const auto content = data.inline_content()) run().reuse->know(name, *content);
      inputs.emplace(data.name(), name);
    }
    co_return std::move(inputs);
  }

  Task<> co_decide() {
    const std::map<std::string, ContentName> inputs = co_await co_inputs();
    choice_ = co_await run().reuse->co_choose(spec_, run().identities[pipe_], inputs);
    run().news.tell([&](RunObserver& observer) {
      if (choice_.run) {
        observer.taken(spec_.name(), choice_.run->run);
      } else {
        observer.not_taken(spec_.name(), choice_.why_not);
      }
    });
  }

  Task<> co_take() {
    PipeFinished finished;
    finished.at = run().journal->now();
    finished.pipe = spec_.name();
    finished.identity = run().identities[pipe_];
    const std::vector<std::size_t> all = run().present(run().plan.depends_on(pipe_));
    for (const std::size_t data : all) {
      co_await run().data[data]->co_recorded();
      finished.inputs.push_back(used_input(*run().data[data]));
    }
    for (const RunObject& then : choice_.then->outputs) {
      RunObject now = co_await co_at_its_place(run(), then);
      finished.outputs.push_back(std::move(now));
    }
    const std::vector<RunObject> outputs = finished.outputs;
    JournalRecord record = std::move(finished);
    co_await run().journal->co_write_durably(std::move(record));
    run().reuse->took(spec_.name(), choice_.run->run);
    for (const RunObject& output : outputs) publish(output);
  }

  /// Nobody has looked at the name's data before: it was not being written.
  void publish(const RunObject& object) {
    const std::size_t position = run().plan.position(object.name);
    if (run().lists[position]) {
      std::vector<ListElement> elements = run().reuse->elements_of(origin_of(object));
      run().lists[position] = std::make_unique<RunList>(object.name, std::move(elements));
    }
    run().data[position] = std::make_shared<RunData>(run().storage, object.name, object.stored, object.content);
    run().news.tell([&](RunObserver& observer) { observer.committed(object.name, object.stored, run().news.now()); });
    run().board->committed(position);
  }

  /// Where the earlier run has it.
  Uri origin_of(const RunObject& object) const {
    for (const RunObject& then : choice_.then->outputs) {
      if (then.name == object.name) return then.stored.uri;
    }
    return object.stored.uri;
  }

  /// For later runs, while it works. What stays in memory is in the journal.
  Task<> co_hash_inputs() {
    const std::map<std::string, ContentName> inputs = co_await co_inputs();
    for (const auto& [name, content] : inputs) {
      const bool is_object = !content.uri.empty() && !run().lists[run().plan.position(name)];
      if (is_object) co_await run().reuse->co_hash(content);
    }
  }

  const std::size_t pipe_;
  const PipeSpec& spec_;
  const std::unique_ptr<RunJob> job_;
  ReuseChoice choice_;
};

}  // namespace

std::unique_ptr<RunJob> make_reuse_pipe(RunContext& run, std::size_t pipe, std::unique_ptr<RunJob> job) {
  return std::make_unique<ReusePipe>(run, pipe, std::move(job));
}

}  // namespace coffer
