#include "pipe/output_sink.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace coffer {

OutputSink::OutputSink(RunContext& run, std::shared_ptr<RunData> data, std::optional<std::size_t> position,
                       SinkPtr inner, std::shared_ptr<RunTally> tally)
    : run_(run), data_(std::move(data)), position_(position), inner_(std::move(inner)), tally_(std::move(tally)) {}

Task<Buffer> OutputSink::co_buffer(std::size_t at_least) {
  std::optional<WorkGauge::Pause> waiting;
  if (gauge_ != nullptr) waiting.emplace(*gauge_, PipeWait::output);
  Buffer buffer = co_await inner_->co_buffer(at_least);
  co_return std::move(buffer);
}

Task<> OutputSink::co_write(Chunk chunk) {
  std::optional<WorkGauge::Pause> waiting;
  if (gauge_ != nullptr) waiting.emplace(*gauge_, PipeWait::output);
  const std::size_t size = chunk.size();
  co_await inner_->co_write(std::move(chunk));
  tally_->bytes_out += size;
  if (size == 0 || std::exchange(has_bytes_, true)) co_return;
  const std::chrono::nanoseconds now = run_.news.now();
  if (!position_) co_return;
  tally_->gave_output(now);
  run_.news.tell([&](RunObserver& observer) { observer.first_byte(data_->name(), now); });
}

Task<Stored> OutputSink::co_commit() {
  std::optional<WorkGauge::Pause> waiting;
  if (gauge_ != nullptr) waiting.emplace(*gauge_, PipeWait::output);
  Stored stored = co_await inner_->co_commit();
  committed_ = true;
  if (position_)
    run_.news.tell([&](RunObserver& observer) { observer.committed(data_->name(), stored, run_.news.now()); });
  data_->set_stored(stored);  // Who waits for it goes on now, after the news.
  if (position_) run_.board->committed(*position_);
  co_return stored;
}

}  // namespace coffer
