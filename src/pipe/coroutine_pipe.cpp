#include <chrono>
#include <map>
#include <set>
#include <utility>

#include <coffer/pipe/pipe_io.hpp>

#include "pipe/input_source.hpp"
#include "pipe/run_job.hpp"
#include "stream/sink_writer.hpp"

namespace coffer {
namespace {

/// What a coroutine gets of a sink that belongs to its job.
class LentSink final : public ByteSink {
 public:
  explicit LentSink(std::shared_ptr<OutputSink> sink) : sink_(std::move(sink)) {}
  Task<Buffer> co_buffer(std::size_t at_least) override { return sink_->co_buffer(at_least); }
  Task<> co_write(Chunk chunk) override { return sink_->co_write(std::move(chunk)); }
  Task<Stored> co_commit() override { return sink_->co_commit(); }
  std::shared_ptr<Readback> readback() override { return sink_->readback(); }

 private:
  const std::shared_ptr<OutputSink> sink_;
};

class CoroutinePipe final : public PipeJob, public PipeIo {
 public:
  CoroutinePipe(RunContext& run, std::size_t pipe) : PipeJob(run, pipe) {}

  const std::string& pipe() const noexcept override { return spec().name(); }
  Storage& storage() const noexcept override { return run().storage; }

  Task<SourcePtr> co_input(std::string name, ReadOptions options) override {
    RunData& data = input_named(name);
    const WorkGauge::Pause pause(gauge(), PipeWait::input);
    SourcePtr inner = co_await data.co_open(std::move(options));
    SourcePtr source = std::make_unique<InputSource>(std::move(inner), tally(), &gauge());
    co_return source;
  }

  Uri input_uri(const std::string& name) const override { return input_named(name).uri(); }

  Task<SinkPtr> co_output(std::string name) override {
    const std::size_t data = output_named(name);
    if (sinks_.contains(data) || given_.contains(data)) throw misused("asks twice for the sink of '" + name + "'");
    const WorkGauge::Pause pause(gauge(), PipeWait::output);
    std::shared_ptr<OutputSink> sink = co_await co_open_output(data);
    sink->measure(gauge());
    sinks_.emplace(data, sink);
    SinkPtr lent = std::make_unique<LentSink>(std::move(sink));
    co_return lent;
  }

  Task<> co_give(std::string name, std::string content) override {
    const std::size_t data = output_named(name);
    if (!run().data[data]->takes_inline(content.size())) {
      SinkPtr sink = co_await co_output(std::move(name));
      SinkWriter writer(*sink, content.size());
      co_await writer.co_write(content);
      co_await writer.co_flush();
      co_await sink->co_commit();
      co_return;
    }
    if (sinks_.contains(data) || !given_.insert(data).second) throw misused("writes '" + name + "' twice");
    give_inline(data, std::move(content));
  }

  Task<> co_work() override {
    for (const std::size_t output : outputs()) run().board->went_live(output);
    gauge().begin();
    Task<> routine = spec().routine()(*this);
    co_await std::move(routine);
    gauge().end();
    for (const std::size_t output : outputs()) {
      const auto sink = sinks_.find(output);
      if (given_.contains(output) || (sink != sinks_.end() && sink->second->is_committed())) continue;
      throw Error(ErrorKind::pipe_failed,
                  "it ended without having committed '" + run().plan.data()[output].name + "', which it is to write");
    }
    co_await co_inputs_committed();
  }

 private:
  Error misused(const std::string& what) const {
    return {ErrorKind::invalid_argument, "the pipe '" + spec().name() + "' " + what};
  }

  /// As an OutputSink tells it of what goes into the store.
  void give_inline(std::size_t output, std::string content) {
    RunData& data = *run().data[output];
    const std::chrono::nanoseconds now = run().news.now();
    tally()->bytes_out += content.size();
    tally()->gave_output(now);
    const std::string attempt = run().journal ? run().journal->holder().token + "-" + data.name() : std::string();
    const Stored stored = data.set_inline(std::move(content), attempt);
    run().news.tell([&](RunObserver& observer) {
      if (stored.size > 0) observer.first_byte(data.name(), now);
      observer.committed(data.name(), stored, now);
    });
    data.set_stored(stored);
    run().board->committed(output);
  }

  RunData& input_named(const std::string& name) const {
    for (const RunPlan::Input& input : inputs()) {
      if (run().plan.data()[input.data].name == name) return *run().data[input.data];
    }
    throw misused("asks for '" + name + "', which it does not say it reads");
  }

  std::size_t output_named(const std::string& name) const {
    for (const std::size_t output : outputs()) {
      if (run().plan.data()[output].name == name) return output;
    }
    throw misused("asks for the sink of '" + name + "', which it does not say it writes");
  }

  std::map<std::size_t, std::shared_ptr<OutputSink>> sinks_;
  std::set<std::size_t> given_;  // Contents that stay in memory.
};

}  // namespace

std::unique_ptr<RunJob> make_coroutine_pipe(RunContext& run, std::size_t pipe) {
  return std::make_unique<CoroutinePipe>(run, pipe);
}

}  // namespace coffer
