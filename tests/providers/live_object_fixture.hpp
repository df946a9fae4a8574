#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <coffer/base/literals.hpp>
#include <coffer/io_backends/make_io_backend.hpp>
#include <coffer/providers/local.hpp>
#include <coffer/providers/memory.hpp>
#include <coffer/storage/live_object.hpp>
#include <gtest/gtest.h>

#include "async/started.hpp"
#include "fakes/blind_provider.hpp"
#include "fakes/memory_scratch.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_loop.hpp"

namespace coffer::test {

enum class StoreKind : std::uint8_t { memory, memory_through_scratch, local };

struct Place {
  LoopKind loop;
  StoreKind store;
};

inline std::string name_of(const ::testing::TestParamInfo<Place>& info) {
  const std::string loop = to_string(info.param.loop);
  switch (info.param.store) {
    case StoreKind::memory:
      return "memory_" + loop;
    case StoreKind::memory_through_scratch:
      return "scratch_" + loop;
    case StoreKind::local:
      return "local_" + loop;
  }
  return "";
}

inline std::vector<Place> all_places() {
  std::vector<Place> places;
  for (const LoopKind loop : all_loop_kinds) {
    for (const StoreKind store : {StoreKind::memory, StoreKind::memory_through_scratch, StoreKind::local})
      places.push_back({loop, store});
  }
  return places;
}

inline Task<> co_write_text(ByteSink& sink, std::string text) {
  for (std::size_t done = 0; done < text.size();) {
    Buffer buffer = co_await sink.co_buffer(text.size() - done);
    const std::size_t size = std::min(buffer.size(), text.size() - done);
    std::memcpy(buffer.data(), text.data() + done, size);
    Chunk chunk = std::move(buffer).share(size);
    co_await sink.co_write(std::move(chunk));
    done += size;
  }
}

inline Task<std::string> co_read_all(LiveObjectPtr object, ReadOptions options) {
  SourcePtr source = co_await object->co_open(std::move(options));
  std::string text;
  for (;;) {
    std::optional<Chunk> chunk = co_await source->co_read();
    if (!chunk) co_return text;
    text.append(chunk->text());
  }
}

inline Task<std::string> co_read_some(ByteSource& source, std::size_t at_most) {
  std::optional<Chunk> chunk = co_await source.co_read(at_most);
  std::string text;
  if (chunk) text = chunk->text();
  co_return text;
}

/// A live object in a store, on a loop. At the end every buffer has come back.
class LiveObjectOn : public ::testing::TestWithParam<Place> {
 protected:
  explicit LiveObjectOn(std::size_t budget = 8_MiB) : loop_(GetParam().loop, RuntimeConfig().budget(budget)) {
    ProviderPtr provider = make_provider();
    if (GetParam().store == StoreKind::memory_through_scratch) {
      provider = std::make_shared<BlindProvider>(loop_.runtime(), std::move(provider));
    }
    ProviderRegistry registry;
    registry.add_active(std::move(provider));
    storage_.emplace(loop_.runtime(), std::move(registry), std::make_shared<MemoryScratch>());
  }

  ~LiveObjectOn() override {
    object_.reset();
    // On several threads the last frame may go a moment behind the answer that the test has waited for.
    EXPECT_TRUE(loop_.run(loop_.runtime().co_close(std::chrono::minutes(1))));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (loop_.runtime().pool().use().granted != 0 && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(loop_.runtime().pool().use().granted, 0U) << "every buffer came back";
  }

  ProviderPtr make_provider() {
    if (GetParam().store != StoreKind::local) return make_memory_provider(loop_.runtime());
    return make_local_provider(loop_.runtime(), make_io_backend(loop_.runtime()), LocalConfig(folder_.path()));
  }
  LiveObjectPtr make(WriteOptions options = {}) {
    object_ = LiveObject::make(*storage_, storage_->new_uri(options), options);
    return object_;
  }
  SinkPtr writer() { return run(object_->co_writer()); }
  void write(SinkPtr& sink, std::string text) { run(co_write_text(*sink, std::move(text))); }
  SourcePtr open(ReadOptions options = {}) { return run(object_->co_open(std::move(options))); }
  std::string read(SourcePtr& source, std::size_t at_most = 0) { return run(co_read_some(*source, at_most)); }
  Started<std::string> start_reading(ReadOptions options = {}) {
    return start(loop_.runtime().executor(), co_read_all(object_, std::move(options)));
  }
  template <class T>
  T run(Task<T> task) {
    return loop_.run(std::move(task));
  }
  std::string result(Started<std::string>& reader) { return run(reader.co_result()); }
  ErrorKind failure(Started<std::string>& reader) {
    try {
      result(reader);
    } catch (const Error& error) {
      return error.kind();
    }
    ADD_FAILURE() << "the reader got an object";
    return ErrorKind::io;
  }

  TemporaryFolder folder_;
  TestLoop loop_;
  std::optional<Storage> storage_;
  LiveObjectPtr object_;
};

}  // namespace coffer::test
