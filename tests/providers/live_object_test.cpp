#include <atomic>
#include <cstring>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <coffer/base/literals.hpp>
#include <coffer/io_backends/make_io_backend.hpp>
#include <coffer/providers/local.hpp>
#include <coffer/providers/memory.hpp>
#include <coffer/storage/live_object.hpp>
#include <gtest/gtest.h>

#include "async/signal.hpp"
#include "async/started.hpp"
#include "fakes/blind_provider.hpp"
#include "fakes/memory_scratch.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_loop.hpp"

namespace coffer {
namespace {

using test::LoopKind;
using test::TestLoop;

enum class StoreKind : std::uint8_t { memory, memory_through_scratch, local };

struct Place {
  LoopKind loop;
  StoreKind store;
};

std::string name_of(const testing::TestParamInfo<Place>& info) {
  const std::string loop = test::to_string(info.param.loop);
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

std::vector<Place> all_places() {
  std::vector<Place> places;
  for (const LoopKind loop : test::all_loop_kinds) {
    for (const StoreKind store : {StoreKind::memory, StoreKind::memory_through_scratch, StoreKind::local})
      places.push_back({loop, store});
  }
  return places;
}

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('!' + (i * 7 + i / 1000) % 90);
  return text;
}

Task<> co_write_text(ByteSink& sink, std::string text) {
  for (std::size_t done = 0; done < text.size();) {
    Buffer buffer = co_await sink.co_buffer(text.size() - done);
    const std::size_t size = std::min(buffer.size(), text.size() - done);
    std::memcpy(buffer.data(), text.data() + done, size);
    Chunk chunk = std::move(buffer).share(size);
    co_await sink.co_write(std::move(chunk));
    done += size;
  }
}

Task<std::string> co_read_all(LiveObjectPtr object, ReadOptions options) {
  SourcePtr source = co_await object->co_open(std::move(options));
  std::string text;
  for (;;) {
    std::optional<Chunk> chunk = co_await source->co_read();
    if (!chunk) co_return text;
    text.append(chunk->text());
  }
}

Task<std::string> co_read_some(ByteSource& source, std::size_t at_most) {
  std::optional<Chunk> chunk = co_await source.co_read(at_most);
  std::string text;
  if (chunk) text = chunk->text();
  co_return text;
}

class LiveObjectOn : public testing::TestWithParam<Place> {
 protected:
  explicit LiveObjectOn(std::size_t budget = 8_MiB) : loop_(GetParam().loop, RuntimeConfig().budget(budget)) {
    ProviderPtr provider = make_provider();
    if (GetParam().store == StoreKind::memory_through_scratch) {
      provider = std::make_shared<test::BlindProvider>(loop_.runtime(), std::move(provider));
    }
    ProviderRegistry registry;
    registry.add_active(std::move(provider));
    storage_.emplace(loop_.runtime(), std::move(registry), std::make_shared<test::MemoryScratch>());
  }

  ~LiveObjectOn() override {
    object_.reset();
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

  test::TemporaryFolder folder_;
  TestLoop loop_;
  std::optional<Storage> storage_;
  LiveObjectPtr object_;
};

TEST_P(LiveObjectOn, a_late_reader_gets_everything_from_the_start) {
  make();
  const std::string text = pattern(3_MiB + 17);
  SinkPtr sink = writer();
  write(sink, text);
  run(sink->co_commit());
  Started<std::string> late = start_reading();
  EXPECT_EQ(result(late), text);
}

TEST_P(LiveObjectOn, a_reader_sees_what_is_written_before_the_commit) {
  make();
  SinkPtr sink = writer();
  SourcePtr source = open();
  write(sink, "first");
  EXPECT_EQ(read(source), "first");
  write(sink, "second");
  EXPECT_EQ(read(source), "second");
  run(sink->co_commit());
  EXPECT_EQ(read(source), "");
  EXPECT_EQ(source->info().size, 11U);
}

TEST_P(LiveObjectOn, a_reader_may_come_before_the_writer) {
  make();
  Started<std::string> reader = start_reading();
  SinkPtr sink = writer();
  write(sink, "hello");
  EXPECT_FALSE(reader.done()) << "the end is seen only after the commit";
  run(sink->co_commit());
  EXPECT_EQ(result(reader), "hello");
}

TEST_P(LiveObjectOn, a_slow_reader_holds_up_neither_the_writer_nor_a_fast_reader) {
  make();
  const std::string text = pattern(20_MiB);  // More than twice the budget: nobody could keep it in memory.
  SinkPtr sink = writer();
  SourcePtr slow = open();
  write(sink, text.substr(0, 100));
  EXPECT_EQ(read(slow, 10), text.substr(0, 10));
  Started<std::string> fast = start_reading();
  write(sink, text.substr(100));
  run(sink->co_commit());
  EXPECT_EQ(result(fast), text);
  std::string rest;
  for (std::string part = read(slow); !part.empty(); part = read(slow)) rest += part;
  EXPECT_EQ(rest, text.substr(10));
}

TEST_P(LiveObjectOn, several_readers_at_several_paces_all_get_the_same) {
  make();
  const std::string text = pattern(5_MiB + 3);
  std::vector<Started<std::string>> readers;
  for (int i = 0; i < 3; ++i) readers.push_back(start_reading());
  SinkPtr sink = writer();
  for (std::size_t done = 0; done < text.size(); done += 700'000) {
    write(sink, text.substr(done, 700'000));
    if (readers.size() < 8) readers.push_back(start_reading());
  }
  run(sink->co_commit());
  for (auto& reader : readers) EXPECT_EQ(result(reader), text);
}

TEST_P(LiveObjectOn, a_reader_that_falls_behind_and_catches_up_again_and_again_gets_every_byte) {
  make();
  const std::string text = pattern(24_MiB + 11);
  SinkPtr sink = writer();
  SourcePtr source = open();
  std::mt19937 random(7);
  std::string got;
  for (std::size_t done = 0; done < text.size();) {
    const std::size_t written = std::min<std::size_t>(random() % 5_MiB + 1, text.size() - done);
    write(sink, text.substr(done, written));
    done += written;
    // By turns a little of what is there, and all of it.
    const std::size_t until = random() % 2 == 0 ? done : got.size() + (done - got.size()) / 3;
    while (got.size() < until) got += read(source, random() % 3 == 0 ? 0 : random() % 300'000 + 1);
    ASSERT_EQ(std::string_view(got), std::string_view(text).substr(0, got.size()));
  }
  run(sink->co_commit());
  for (std::string part = read(source); !part.empty(); part = read(source)) got += part;
  EXPECT_TRUE(got == text);
}

TEST_P(LiveObjectOn, a_range_that_is_not_yet_written_waits) {
  make();
  Started<std::string> range = start_reading(ReadOptions().range(ByteRange::of(1000, 10)));
  Started<std::string> open_end = start_reading(ReadOptions().range(ByteRange::from(1995)));
  Started<std::string> last = start_reading(ReadOptions().range(ByteRange::last(3)));
  const std::string text = pattern(2000);
  SinkPtr sink = writer();
  write(sink, text.substr(0, 1005));
  EXPECT_FALSE(range.done());
  write(sink, text.substr(1005, 5));
  EXPECT_EQ(result(range), text.substr(1000, 10)) << "a bounded range ends before the commit";
  write(sink, text.substr(1010));
  EXPECT_FALSE(open_end.done());
  EXPECT_FALSE(last.done());
  run(sink->co_commit());
  EXPECT_EQ(result(open_end), text.substr(1995));
  EXPECT_EQ(result(last), text.substr(1997));
}

TEST_P(LiveObjectOn, a_range_past_the_end_is_an_error_once_the_end_is_known) {
  make();
  Started<std::string> beyond = start_reading(ReadOptions().range(ByteRange::from(100)));
  Started<std::string> cut = start_reading(ReadOptions().range(ByteRange::of(3, 100)));
  SinkPtr sink = writer();
  write(sink, "hello");
  run(sink->co_commit());
  EXPECT_EQ(failure(beyond), ErrorKind::range_not_satisfiable);
  EXPECT_EQ(result(cut), "lo");
}

TEST_P(LiveObjectOn, where_the_size_was_promised_the_last_bytes_need_no_commit) {
  make(WriteOptions().size(10));
  Started<std::string> last = start_reading(ReadOptions().range(ByteRange::last(4)));
  SinkPtr sink = writer();
  write(sink, "0123456789");
  EXPECT_EQ(result(last), "6789");
  run(sink->co_commit());
}

TEST_P(LiveObjectOn, the_end_comes_after_the_commit_also_where_the_size_was_promised) {
  make(WriteOptions().size(10));
  SinkPtr sink = writer();
  SourcePtr whole = open();
  SourcePtr open_end = open(ReadOptions().range(ByteRange::from(4)));
  write(sink, "0123456789");
  EXPECT_EQ(read(whole), "0123456789");
  EXPECT_EQ(read(open_end), "456789");
  Started<std::string> end = start(loop_.runtime().executor(), co_read_some(*whole, 0));
  SourcePtr bounded = open(ReadOptions().range(ByteRange::of(9, 1)));
  EXPECT_EQ(read(bounded), "9");
  EXPECT_EQ(read(bounded), "") << "where a range ends was asked for";
  EXPECT_FALSE(end.done());
  sink.reset();
  EXPECT_EQ(failure(end), ErrorKind::writer_failed) << "an object that was never committed has no end";
  EXPECT_THROW(read(open_end), Error);
}

TEST_P(LiveObjectOn, a_range_longer_than_any_object_goes_to_the_end) {
  make();
  SinkPtr sink = writer();
  write(sink, "0123456789");
  Started<std::string> range = start_reading(ReadOptions().range(ByteRange::of(4, UINT64_MAX)));
  SourcePtr source = open(ReadOptions().range(ByteRange::of(4, UINT64_MAX - 3)));
  EXPECT_EQ(read(source), "456789");
  run(sink->co_commit());
  EXPECT_EQ(read(source), "");
  EXPECT_EQ(result(range), "456789");
}

TEST_P(LiveObjectOn, readers_of_a_failed_writer_get_an_error_and_never_a_short_object) {
  make();
  Started<std::string> reader = start_reading();
  SinkPtr sink = writer();
  write(sink, pattern(1000));
  object_->fail(Error(ErrorKind::pipe_failed, "the camera fell"));
  EXPECT_EQ(failure(reader), ErrorKind::writer_failed);
  Started<std::string> late = start_reading();
  try {
    result(late);
    FAIL() << "got an object";
  } catch (const Error& error) {
    ASSERT_NE(error.cause(), nullptr);
    EXPECT_EQ(error.cause()->message(), "the camera fell");
  }
  EXPECT_FALSE(run(storage_->co_head(object_->uri())));
}

TEST_P(LiveObjectOn, a_writer_that_leaves_without_a_commit_fails_its_readers) {
  make();
  Started<std::string> reader = start_reading();
  SinkPtr sink = writer();
  write(sink, "half");
  sink.reset();
  EXPECT_EQ(failure(reader), ErrorKind::writer_failed);
  EXPECT_EQ(object_->state(), LiveObject::State::failed);
  EXPECT_THROW(run(object_->co_committed()), Error);
}

TEST_P(LiveObjectOn, a_reader_that_leaves_early_disturbs_nobody) {
  make();
  SinkPtr sink = writer();
  SourcePtr leaving = open();
  Started<std::string> staying = start_reading();
  const std::string text = pattern(2_MiB);
  write(sink, text.substr(0, 1_MiB));
  read(leaving, 100);
  leaving.reset();
  write(sink, text.substr(1_MiB));
  run(sink->co_commit());
  EXPECT_EQ(result(staying), text);
}

TEST_P(LiveObjectOn, two_outputs_of_one_writer_are_read_in_either_order) {
  for (const bool swapped : {false, true}) {
    const LiveObjectPtr first = make();
    const LiveObjectPtr second = make();
    const std::string text = pattern(12_MiB);
    SinkPtr one = run(first->co_writer());
    SinkPtr two = run(second->co_writer());
    // Reads one to its end before the other, while the writer fills them in turn.
    auto both = [](LiveObjectPtr a, LiveObjectPtr b) -> Task<std::string> {
      std::string all = co_await co_read_all(std::move(a), ReadOptions());
      all += co_await co_read_all(std::move(b), ReadOptions());
      co_return all;
    };
    Started<std::string> reader =
        start(loop_.runtime().executor(), both(swapped ? second : first, swapped ? first : second));
    for (std::size_t done = 0; done < text.size(); done += 1_MiB) {
      write(one, text.substr(done, 1_MiB));
      write(two, text.substr(done, 1_MiB));
    }
    run(one->co_commit());
    run(two->co_commit());
    EXPECT_EQ(result(reader), text + text);
  }
}

TEST_P(LiveObjectOn, chunks_that_a_reader_holds_stop_nobody) {
  make();
  SinkPtr sink = writer();
  SourcePtr hoarder = open();
  Started<std::string> reader = start_reading();
  const std::string text = pattern(6_MiB);
  std::vector<Chunk> held;
  auto take = [](ByteSource& source, std::vector<Chunk>& into) -> Task<> {
    std::optional<Chunk> chunk = co_await source.co_read();
    if (chunk) into.push_back(std::move(*chunk));
  };
  for (std::size_t done = 0; done < text.size(); done += 1_MiB) {
    write(sink, text.substr(done, 1_MiB));
    run(take(*hoarder, held));
  }
  run(sink->co_commit());
  EXPECT_EQ(result(reader), text);
  std::string seen;
  for (const Chunk& chunk : held) seen += chunk.text();
  EXPECT_EQ(seen, text.substr(0, seen.size())) << "held chunks are never overwritten";
}

TEST_P(LiveObjectOn, has_one_writer) {
  make();
  SinkPtr sink = writer();
  try {
    writer();
    FAIL() << "had two";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
  }
  write(sink, "x");
  EXPECT_EQ(run(sink->co_commit()).size, 1U);
  EXPECT_EQ(run(object_->co_committed()).size, 1U);
}

TEST_P(LiveObjectOn, has_no_etag_to_be_opened_by) {
  make();
  try {
    run(object_->co_open(ReadOptions().if_etag("of an older object")));
    FAIL() << "was opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  }
}

TEST_P(LiveObjectOn, an_empty_object_ends_at_once_after_its_commit) {
  make();
  Started<std::string> reader = start_reading();
  SinkPtr sink = writer();
  run(sink->co_commit());
  EXPECT_EQ(result(reader), "");
}

TEST_P(LiveObjectOn, a_reader_can_start_again_from_any_range) {
  make();
  SinkPtr sink = writer();
  SourcePtr source = open();
  write(sink, "0123456789");
  read(source);
  SourcePtr again = run(source->co_reopen(ByteRange::of(2, 3)));
  ASSERT_TRUE(again);
  EXPECT_EQ(read(again), "234");
  run(sink->co_commit());
}

TEST_P(LiveObjectOn, a_writer_of_many_small_pieces_stays_within_the_budget) {
  make();
  SinkPtr sink = writer();
  Started<std::string> reader = start_reading();
  std::string text;
  auto pieces = [](ByteSink& into, std::string& written) -> Task<> {
    for (int i = 0; i < 5000; ++i) {
      const std::string piece = "piece " + std::to_string(i) + "\n";
      written += piece;
      co_await co_write_text(into, piece);
    }
  };
  run(pieces(*sink, text));
  run(sink->co_commit());
  EXPECT_EQ(result(reader), text);
  EXPECT_LE(loop_.runtime().pool().use().peak, 9_MiB);
}

INSTANTIATE_TEST_SUITE_P(Stores, LiveObjectOn, testing::ValuesIn(all_places()), name_of);

/// Two chunks of the smallest size: everything goes on, slowly.
class LiveObjectInTwoChunks : public LiveObjectOn {
 protected:
  LiveObjectInTwoChunks() : LiveObjectOn(64_KiB) {}
};

TEST_P(LiveObjectInTwoChunks, readers_at_different_paces_all_finish) {
  make();
  const std::string text = pattern(1_MiB + 5);
  SourcePtr slow = open();
  Started<std::string> one = start_reading();
  Started<std::string> two = start_reading();
  SinkPtr sink = writer();
  write(sink, text);
  run(sink->co_commit());
  EXPECT_EQ(result(one), text);
  EXPECT_EQ(result(two), text);
  std::string read_slowly;
  for (std::string part = read(slow); !part.empty(); part = read(slow)) read_slowly += part;
  EXPECT_EQ(read_slowly, text);
  EXPECT_LE(loop_.runtime().pool().use().peak, 64_KiB + 8 * smallest_buffer);
}

INSTANTIATE_TEST_SUITE_P(Stores, LiveObjectInTwoChunks, testing::ValuesIn(all_places()), name_of);

TEST(LiveObject, a_store_that_cannot_be_read_early_needs_scratch_space_and_says_so) {
  Runtime runtime;
  ProviderRegistry registry;
  registry.add_active(std::make_shared<test::BlindProvider>(runtime, make_memory_provider(runtime)));
  Storage storage(runtime, std::move(registry));
  try {
    LiveObject::make(storage, storage.new_uri(WriteOptions()));
    FAIL() << "was made";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_NE(error.message().find("--spill"), std::string::npos);
  }
}

}  // namespace
}  // namespace coffer
