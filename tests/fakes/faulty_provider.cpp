#include "fakes/faulty_provider.hpp"

#include <optional>
#include <utility>

namespace coffer::test {

void Faults::fail(const std::string& verb, std::size_t nth, Error error) {
  const std::lock_guard lock(mutex_);
  Plan plan;
  plan.call = calls_[verb] + nth;
  plan.error = std::move(error);
  plans_.emplace(verb, std::move(plan));
}

void Faults::hold(const std::string& verb, std::size_t nth) {
  const std::lock_guard lock(mutex_);
  Plan plan;
  plan.call = calls_[verb] + nth;
  plan.holds = true;
  plans_.emplace(verb, std::move(plan));
}

void Faults::release() {
  {
    const std::lock_guard lock(mutex_);
    ++released_;
  }
  changed_.notify_all();
}

/// Counts a waiting call, also where its wait is cancelled.
class Faults::Held {
 public:
  explicit Held(Faults& faults) : faults_(faults) { add(1); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() { add(-1); }

 private:
  void add(int count) {
    const std::lock_guard lock(faults_.mutex_);
    faults_.held_ += count;
  }
  Faults& faults_;
};

std::size_t Faults::released() const {
  const std::lock_guard lock(mutex_);
  return released_;
}

Task<> Faults::co_held() {
  while (true) {
    const std::uint64_t seen = changed_.epoch();
    {
      const std::lock_guard lock(mutex_);
      if (held_ > 0) co_return;
    }
    co_await changed_.co_wait(seen);
  }
}

std::size_t Faults::calls(const std::string& verb) const {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(verb);
  return found == calls_.end() ? 0 : found->second;
}

Task<> Faults::co_pass(std::string verb) {
  std::optional<Plan> plan;
  std::size_t enough = 0;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t call = ++calls_[verb];
    const auto [first, last] = plans_.equal_range(verb);
    for (auto next = first; next != last; ++next) {
      if (next->second.call == call) plan = next->second;
    }
    enough = released_ + 1;
  }
  if (!plan) co_return;
  if (!plan->holds) throw plan->error;
  const Held held(*this);
  changed_.notify_all();
  while (true) {
    const std::uint64_t seen = changed_.epoch();
    if (released() >= enough) co_return;
    co_await changed_.co_wait(seen);
  }
}

namespace {

using FaultsPtr = std::shared_ptr<Faults>;

class FaultySource final : public ByteSource {
 public:
  FaultySource(SourcePtr source, FaultsPtr faults) : source_(std::move(source)), faults_(std::move(faults)) {}

  const ObjectInfo& info() const override { return source_->info(); }

  Task<std::optional<Chunk>> co_read(std::size_t at_most) override {
    co_await faults_->co_pass("read");
    co_return co_await source_->co_read(at_most);
  }

  Task<SourcePtr> co_reopen(ByteRange range) override {
    co_await faults_->co_pass("reopen");
    SourcePtr source = co_await source_->co_reopen(range);
    if (!source) co_return nullptr;
    co_return std::make_unique<FaultySource>(std::move(source), faults_);
  }

 private:
  SourcePtr source_;
  FaultsPtr faults_;
};

class FaultySink final : public ByteSink {
 public:
  FaultySink(SinkPtr sink, FaultsPtr faults) : sink_(std::move(sink)), faults_(std::move(faults)) {}

  Task<Buffer> co_buffer(std::size_t at_least) override {
    co_await co_pass("buffer");
    co_return co_await sink_->co_buffer(at_least);
  }

  Task<> co_write(Chunk chunk) override {
    co_await co_pass("write");
    co_await sink_->co_write(std::move(chunk));
  }

  Task<Stored> co_commit() override {
    co_await co_pass("commit");
    co_return co_await sink_->co_commit();
  }

  std::shared_ptr<Readback> readback() override { return sink_->readback(); }

 private:
  Task<> co_pass(std::string verb) {
    if (dead_) throw Error(ErrorKind::invalid_argument, "a call of this sink has failed before");
    dead_ = true;
    co_await faults_->co_pass(std::move(verb));
    dead_ = false;
  }

  SinkPtr sink_;
  FaultsPtr faults_;
  bool dead_ = false;
};

class FaultyLister final : public Lister {
 public:
  FaultyLister(ListerPtr lister, FaultsPtr faults) : lister_(std::move(lister)), faults_(std::move(faults)) {}

  Task<std::vector<ListEntry>> co_next() override {
    co_await faults_->co_pass("next");
    co_return co_await lister_->co_next();
  }

 private:
  ListerPtr lister_;
  FaultsPtr faults_;
};

class FaultyProvider final : public StorageProvider {
 public:
  FaultyProvider(Runtime& runtime, ProviderPtr provider, FaultsPtr faults)
      : StorageProvider(runtime, provider->root()), provider_(std::move(provider)), faults_(std::move(faults)) {}

  Capabilities capabilities() const override { return provider_->capabilities(); }

  Task<std::optional<ObjectInfo>> co_head(std::string key) override {
    co_await faults_->co_pass("head");
    co_return co_await provider_->co_head(std::move(key));
  }

  Task<SourcePtr> co_open(std::string key, ReadOptions options) override {
    co_await faults_->co_pass("open");
    SourcePtr source = co_await provider_->co_open(std::move(key), std::move(options));
    co_return std::make_unique<FaultySource>(std::move(source), faults_);
  }

  Task<SinkPtr> co_create(std::string key, WriteOptions options) override {
    co_await faults_->co_pass("create");
    SinkPtr sink = co_await provider_->co_create(std::move(key), std::move(options));
    co_return std::make_unique<FaultySink>(std::move(sink), faults_);
  }

  Task<ListerPtr> co_list(std::string prefix, ListOptions options) override {
    co_await faults_->co_pass("list");
    ListerPtr lister = co_await provider_->co_list(std::move(prefix), std::move(options));
    co_return std::make_unique<FaultyLister>(std::move(lister), faults_);
  }

  Task<> co_remove(std::string key, RemoveOptions options) override {
    co_await faults_->co_pass("remove");
    co_await provider_->co_remove(std::move(key), std::move(options));
  }

 private:
  ProviderPtr provider_;
  FaultsPtr faults_;
};

}  // namespace

ProviderPtr make_faulty_provider(Runtime& runtime, ProviderPtr provider, std::shared_ptr<Faults> faults) {
  return std::make_shared<FaultyProvider>(runtime, std::move(provider), std::move(faults));
}

}  // namespace coffer::test
