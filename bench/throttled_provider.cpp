#include "bench/throttled_provider.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/async/runtime.hpp>

#include "async/started.hpp"

namespace coffer::bench {
namespace {

/// Has the next chunk pass the line while its reader is busy with the one before, as every store's source does.
class ThrottledSource final : public ByteSource {
 public:
  ThrottledSource(Runtime& runtime, SourcePtr inner, Line& line)
      : runtime_(runtime), passing_(std::make_shared<Passing>(Passing{std::move(inner), line})) {}
  const ObjectInfo& info() const override { return passing_->inner->info(); }
  Task<std::optional<Chunk>> co_read(std::size_t at_most) override {
    std::optional<Chunk> part;
    if (rest_.empty()) {
      const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
      if (!ahead_) ahead_ = start(runtime_.scope(), executor, co_next(passing_));
      Started<std::optional<Chunk>> next = std::exchange(ahead_, {});
      std::optional<Chunk> chunk = co_await next.co_result_shielded();
      if (!chunk) co_return part;
      rest_ = std::move(*chunk);
      ahead_ = start(runtime_.scope(), executor, co_next(passing_));
    }
    part = rest_.slice(0, at_most == 0 ? rest_.size() : std::min(at_most, rest_.size()));
    rest_ = rest_.from(part->size());
    co_return part;
  }
  Task<SourcePtr> co_reopen(ByteRange range) override {
    SourcePtr again = co_await passing_->inner->co_reopen(range);
    if (!again) co_return again;
    co_return std::make_unique<ThrottledSource>(runtime_, std::move(again), passing_->line);
  }

 private:
  struct Passing {
    SourcePtr inner;
    Line& line;
  };
  static Task<std::optional<Chunk>> co_next(std::shared_ptr<Passing> passing) {
    std::optional<Chunk> chunk = co_await passing->inner->co_read();
    if (chunk) co_await passing->line.co_pass(chunk->size());
    co_return chunk;
  }

  Runtime& runtime_;
  const std::shared_ptr<Passing> passing_;
  Started<std::optional<Chunk>> ahead_;
  Chunk rest_;
};

class ThrottledSink final : public ByteSink {
 public:
  ThrottledSink(SinkPtr inner, Line& line) : inner_(std::move(inner)), line_(line) {}
  Task<Buffer> co_buffer(std::size_t at_least) override { return inner_->co_buffer(at_least); }
  Task<> co_write(Chunk chunk) override {
    co_await line_.co_pass(chunk.size());
    co_await inner_->co_write(std::move(chunk));
  }
  Task<Stored> co_commit() override { return inner_->co_commit(); }

 private:
  SinkPtr inner_;
  Line& line_;
};

class ThrottledProvider final : public StorageProvider {
 public:
  ThrottledProvider(Runtime& runtime, ProviderPtr inner, Line& down, Line& up)
      : StorageProvider(runtime, inner->root()), inner_(std::move(inner)), down_(down), up_(up) {}

  Capabilities capabilities() const override {
    Capabilities can = inner_->capabilities();
    can.distance = Distance::network;
    can.read_before_commit = false;
    can.follow = false;
    return can;
  }
  Task<std::optional<ObjectInfo>> co_head(std::string key) override { return inner_->co_head(std::move(key)); }
  Task<SourcePtr> co_open(std::string key, ReadOptions options) override {
    SourcePtr source = co_await inner_->co_open(std::move(key), std::move(options));
    co_return std::make_unique<ThrottledSource>(runtime(), std::move(source), down_);
  }
  Task<SinkPtr> co_create(std::string key, WriteOptions options) override {
    SinkPtr sink = co_await inner_->co_create(std::move(key), std::move(options));
    co_return std::make_unique<ThrottledSink>(std::move(sink), up_);
  }
  Task<ListerPtr> co_list(std::string prefix, ListOptions options) override {
    return inner_->co_list(std::move(prefix), std::move(options));
  }
  Task<> co_remove(std::string key, RemoveOptions options) override {
    return inner_->co_remove(std::move(key), std::move(options));
  }

 private:
  ProviderPtr inner_;
  Line& down_;
  Line& up_;
};

}  // namespace

double WorkLog::share_of(Clock::time_point from, Clock::time_point to) const {
  if (to <= from) return 0;
  const std::lock_guard lock(mutex_);
  Clock::duration worked{0};
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    if (changes_[i].working == 0) continue;
    const Clock::time_point end = i + 1 < changes_.size() ? changes_[i + 1].at : to;
    worked += std::max(Clock::duration(0), std::min(end, to) - std::max(changes_[i].at, from));
  }
  return std::chrono::duration<double>(worked) / std::chrono::duration<double>(to - from);
}

void WorkLog::add(int change) {
  const std::lock_guard lock(mutex_);
  const int before = changes_.empty() ? 0 : changes_.back().working;
  changes_.push_back({Clock::now(), before + change});
}

Task<> Line::co_pass(std::size_t bytes) {
  const auto takes = std::chrono::duration_cast<WorkLog::Clock::duration>(
      std::chrono::duration<double>(static_cast<double>(bytes) / rate_));
  WorkLog::Clock::time_point begin;
  {
    const std::lock_guard lock(mutex_);
    begin = std::max(free_at_, WorkLog::Clock::now());
    free_at_ = begin + takes;
  }
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, begin + takes);
  co_await timer.async_wait(boost::asio::deferred);
  const double share = work_.share_of(begin, begin + takes);
  const std::lock_guard lock(mutex_);
  traffic_.bytes += static_cast<double>(bytes);
  traffic_.while_working += static_cast<double>(bytes) * share;
}

LineTraffic Line::traffic() const {
  const std::lock_guard lock(mutex_);
  return traffic_;
}

ProviderPtr make_throttled_provider(Runtime& runtime, ProviderPtr inner, Line& down, Line& up) {
  return std::make_shared<ThrottledProvider>(runtime, std::move(inner), down, up);
}

}  // namespace coffer::bench
