#include <utility>

#include <coffer/stream/pump.hpp>

#include "pipe/input_source.hpp"
#include "pipe/run_job.hpp"

namespace coffer {
namespace {

class Ingest final : public RunJob {
 public:
  Ingest(RunContext& run, std::shared_ptr<RunTally> tally, std::size_t data, SourcePtr source)
      : RunJob(run, std::move(tally)),
        data_(data),
        gauge_(nullptr, activity()),
        source_(std::move(source), this->tally(), &gauge_) {}

  Task<> co_work() override {
    sink_ = co_await co_open_output(data_);
    sink_->measure(gauge_);
    run().board->went_live(data_);
    gauge_.begin();
    co_await co_pump(source_, *sink_);
    co_await sink_->co_commit();
  }

  Task<> co_record(RunJournal& journal) override {
    InputStored stored;
    stored.at = journal.now();
    stored.object = run_object(*run().data[data_]);
    const std::uint64_t added = journal.add(stored);
    run().data[data_]->set_recorded(true);
    co_await journal.co_durable(added);
  }

  void give_up_record() override { run().data[data_]->set_recorded(false); }

  Error failure(Error cause) const override {
    const std::string which = "the input '" + tally()->name + "'";
    if (cause.kind() == ErrorKind::cancelled) return {ErrorKind::cancelled, "storing " + which + " was cancelled"};
    return Error(ErrorKind::pipe_failed, which + " could not be stored").because(std::move(cause));
  }

 private:
  const std::size_t data_;
  WorkGauge gauge_;  // What it does hides no storage: it is storage.
  InputSource source_;
  std::shared_ptr<OutputSink> sink_;
};

}  // namespace

std::unique_ptr<RunJob> make_ingest(RunContext& run, std::shared_ptr<RunTally> tally, std::size_t data,
                                    SourcePtr source) {
  return std::make_unique<Ingest>(run, std::move(tally), data, std::move(source));
}

}  // namespace coffer
