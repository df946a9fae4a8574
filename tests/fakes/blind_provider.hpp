#pragma once

#include <string>
#include <utility>

#include <coffer/storage/provider.hpp>

namespace coffer::test {

/// A store that cannot be read before a commit, like an object store across a network: another provider without its
/// readback.
class BlindProvider final : public StorageProvider {
 public:
  BlindProvider(Runtime& runtime, ProviderPtr inner)
      : StorageProvider(runtime, inner->root()), inner_(std::move(inner)) {}

  Capabilities capabilities() const override {
    Capabilities all = inner_->capabilities();
    all.read_before_commit = false;
    all.distance = Distance::network;
    return all;
  }
  Task<std::optional<ObjectInfo>> co_head(std::string key) override { return inner_->co_head(std::move(key)); }
  Task<SourcePtr> co_open(std::string key, ReadOptions options) override {
    return inner_->co_open(std::move(key), std::move(options));
  }
  Task<SinkPtr> co_create(std::string key, WriteOptions options) override {
    SinkPtr inner = co_await inner_->co_create(std::move(key), std::move(options));
    SinkPtr sink = std::make_unique<BlindSink>(std::move(inner));
    co_return sink;
  }
  Task<ListerPtr> co_list(std::string prefix, ListOptions options) override {
    return inner_->co_list(std::move(prefix), std::move(options));
  }
  Task<> co_remove(std::string key, RemoveOptions options) override {
    return inner_->co_remove(std::move(key), std::move(options));
  }

 private:
  class BlindSink final : public ByteSink {
   public:
    explicit BlindSink(SinkPtr inner) : inner_(std::move(inner)) {}
    Task<Buffer> co_buffer(std::size_t at_least) override { return inner_->co_buffer(at_least); }
    Task<> co_write(Chunk chunk) override { return inner_->co_write(std::move(chunk)); }
    Task<Stored> co_commit() override { return inner_->co_commit(); }

   private:
    SinkPtr inner_;
  };

  ProviderPtr inner_;
};

}  // namespace coffer::test
