#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include <coffer/pipe/pipe_io.hpp>
#include <coffer/stream/memory_source.hpp>

#include "pipe/input_source.hpp"
#include "pipe/list_output.hpp"
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

/// What a coroutine gets of a list that belongs to its job.
class LentListSink final : public ListSink {
 public:
  LentListSink(std::shared_ptr<ListOutput> list, WorkGauge& gauge) : list_(std::move(list)), gauge_(gauge) {}

  Task<> co_append(SourcePtr source, std::string type) override {
    const WorkGauge::Pause waiting(gauge_, PipeWait::output);
    co_await list_->co_store(list_->reserve(), *source, std::move(type));
  }
  Task<> co_append(std::string content, std::string type) override {
    SourcePtr source = make_memory_source(std::move(content));
    co_await co_append(std::move(source), std::move(type));
  }
  Task<Stored> co_commit() override {
    const WorkGauge::Pause waiting(gauge_, PipeWait::output);
    co_return co_await list_->co_commit();
  }

 private:
  const std::shared_ptr<ListOutput> list_;
  WorkGauge& gauge_;
};

class RunListReader final : public ListReader {
 public:
  RunListReader(Storage& storage, RunList& list, std::shared_ptr<RunTally> tally, WorkGauge& gauge)
      : storage_(storage), list_(list), tally_(std::move(tally)), gauge_(gauge) {}

  Task<std::optional<ListElement>> co_next() override {
    const WorkGauge::Pause waiting(gauge_, PipeWait::input);
    std::optional<ListElement> element = co_await co_next_element(list_, taken_);
    if (element) ++taken_;
    co_return element;
  }

  Task<SourcePtr> co_open(ListElement element, ReadOptions options) override {
    const WorkGauge::Pause waiting(gauge_, PipeWait::input);
    RunData data(storage_, list_.name(), element.stored);
    SourcePtr inner = co_await data.co_open(std::move(options));
    SourcePtr source = std::make_unique<InputSource>(std::move(inner), tally_, &gauge_);
    co_return source;
  }

 private:
  Storage& storage_;
  RunList& list_;
  const std::shared_ptr<RunTally> tally_;
  WorkGauge& gauge_;
  std::size_t taken_ = 0;
};

class CoroutinePipe final : public PipeJob, public PipeIo {
 public:
  CoroutinePipe(RunContext& run, PipeScope scope) : PipeJob(run, std::move(scope)) {}

  const std::string& pipe() const noexcept override { return spec().name(); }
  Storage& storage() const noexcept override { return run().storage; }

  bool has_input(const std::string& name) const noexcept override { return find_input(name) != nullptr; }

  Task<SourcePtr> co_input(std::string name, ReadOptions options) override {
    const Input& input = input_named(name);
    if (input.list != nullptr) throw misused("reads '" + name + "' as one object, but it is a list: co_input_list()");
    const WorkGauge::Pause pause(gauge(), PipeWait::input);
    SourcePtr inner = co_await input.data->co_open(std::move(options));
    SourcePtr source = std::make_unique<InputSource>(std::move(inner), tally(), &gauge());
    co_return source;
  }

  Uri input_uri(const std::string& name) const override { return input_named(name).data->uri(); }

  Task<SinkPtr> co_output(std::string name) override {
    const Output& output = output_named(name);
    if (output.is_list) throw misused("writes '" + name + "' as one object, but it is a list: co_output_list()");
    if (sinks_.contains(name) || given_.contains(name)) throw misused("asks twice for the sink of '" + name + "'");
    const WorkGauge::Pause pause(gauge(), PipeWait::output);
    std::shared_ptr<OutputSink> sink = co_await co_open_output(output);
    sink->measure(gauge());
    sinks_.emplace(name, sink);
    SinkPtr lent = std::make_unique<LentSink>(std::move(sink));
    co_return lent;
  }

  Task<> co_give(std::string name, std::string content) override {
    const Output& output = output_named(name);
    if (!output.data->takes_inline(content.size())) {
      SinkPtr sink = co_await co_output(std::move(name));
      SinkWriter writer(*sink, content.size());
      co_await writer.co_write(content);
      co_await writer.co_flush();
      co_await sink->co_commit();
      co_return;
    }
    if (sinks_.contains(name) || !given_.insert(name).second) throw misused("writes '" + name + "' twice");
    give_inline(output, std::move(content));
  }

  Task<ListReaderPtr> co_input_list(std::string name) override {
    const Input& input = input_named(name);
    if (input.list == nullptr) throw misused("reads '" + name + "' as a list, but it is one object: co_input()");
    ListReaderPtr reader = std::make_unique<RunListReader>(run().storage, *input.list, tally(), gauge());
    co_return reader;
  }

  Task<ListSinkPtr> co_output_list(std::string name) override {
    const Output& output = output_named(name);
    if (!output.is_list) throw misused("writes '" + name + "' as a list, but says one object: writes_list()");
    if (lists_.contains(name)) throw misused("asks twice for the list '" + name + "'");
    auto list = std::make_shared<ListOutput>(run(), output.position, tally(), scope().is_seen());
    lists_.emplace(name, list);
    ListSinkPtr lent = std::make_unique<LentListSink>(std::move(list), gauge());
    co_return lent;
  }

  std::optional<std::size_t> batch_index() const noexcept override { return scope().element(); }

  Task<> co_compute(std::function<void()> call) override { return run().runtime().co_compute(std::move(call)); }

  Task<> co_work() override {
    for (const Output& output : outputs()) went_live(output);
    gauge().begin();
    Task<> routine = spec().routine()(*this);
    co_await std::move(routine);
    gauge().end();
    for (const Output& output : outputs()) {
      const std::string& name = output.name;
      if (given_.contains(name) || is_committed(name)) continue;
      throw Error(ErrorKind::pipe_failed, "it ended without having committed '" + name + "', which it is to write");
    }
    co_await co_inputs_committed();
  }

  Task<> co_tidy() override {
    for (const auto& [name, list] : lists_) co_await list->co_discard();
  }

 private:
  Error misused(const std::string& what) const {
    return {ErrorKind::invalid_argument, "the pipe '" + spec().name() + "' " + what};
  }

  bool is_committed(const std::string& name) const {
    const auto list = lists_.find(name);
    if (list != lists_.end()) return list->second->is_committed();
    const auto sink = sinks_.find(name);
    return sink != sinks_.end() && sink->second->is_committed();
  }

  /// As an OutputSink tells it of what goes into the store.
  void give_inline(const Output& output, std::string content) {
    RunData& data = *output.data;
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
    run().board->committed(output.position);
  }

  const Input* find_input(const std::string& name) const noexcept {
    for (const Input& input : inputs()) {
      if (input.name == name) return &input;
    }
    return nullptr;
  }

  const Input& input_named(const std::string& name) const {
    if (const Input* const input = find_input(name)) return *input;
    const bool is_absent = std::ranges::find(spec().reads(), name, own_name<ReadSpec>) != spec().reads().end();
    throw misused("asks for '" + name + (is_absent ? "', which is absent" : "', which it does not say it reads"));
  }

  const Output& output_named(const std::string& name) const {
    for (const Output& output : outputs()) {
      if (output.name == name) return output;
    }
    throw misused("asks for the sink of '" + name + "', which it does not say it writes");
  }

  std::map<std::string, std::shared_ptr<OutputSink>> sinks_;
  std::map<std::string, std::shared_ptr<ListOutput>> lists_;
  std::set<std::string> given_;  // Contents that stay in memory.
};

}  // namespace

std::unique_ptr<PipeJob> make_coroutine_pipe(RunContext& run, PipeScope scope) {
  return std::make_unique<CoroutinePipe>(run, std::move(scope));
}

}  // namespace coffer
