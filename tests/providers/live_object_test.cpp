#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "fakes/faulty_provider.hpp"
#include "providers/live_object_fixture.hpp"
#include "support/sample_bytes.hpp"

namespace coffer {
namespace {

using test::all_places;
using test::co_read_all;
using test::co_write_text;
using test::LiveObjectOn;
using test::name_of;
using test::sample_bytes;

TEST_P(LiveObjectOn, a_late_reader_gets_everything_from_the_start) {
  make();
  const std::string text = sample_bytes(3_MiB + 17);
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
  const std::string text = sample_bytes(20_MiB);  // More than twice the budget: nobody could keep it in memory.
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
  const std::string text = sample_bytes(5_MiB + 3);
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
  const std::string text = sample_bytes(24_MiB + 11);
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
  const std::string text = sample_bytes(2000);
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
  const std::string text = sample_bytes(1_MiB + 5);
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

/// Shows its readers the end before its commit, which fails or waits on demand; "hello" was written to it.
class EndedLiveObject : public testing::Test {
 protected:
  EndedLiveObject() {
    ProviderRegistry registry;
    registry.add_active(test::make_faulty_provider(loop_.runtime(), make_memory_provider(loop_.runtime()), faults_));
    storage_.emplace(loop_.runtime(), std::move(registry), std::make_shared<test::MemoryScratch>());
    object_ = LiveObject::make(*storage_, storage_->new_uri(WriteOptions()), WriteOptions(), ReadersEnd::at_end);
    sink_ = loop_.run(object_->co_writer());
    loop_.run(co_write_text(*sink_, "hello"));
  }

  test::TestLoop loop_{test::LoopKind::two_own_threads};
  const std::shared_ptr<test::Faults> faults_ = std::make_shared<test::Faults>();
  std::optional<Storage> storage_;
  LiveObjectPtr object_;
  SinkPtr sink_;
};

TEST_F(EndedLiveObject, is_read_to_its_end_while_it_is_being_committed) {
  Started<std::string> reader = start(loop_.runtime().executor(), co_read_all(object_, ReadOptions()));
  faults_->hold("commit", 1);
  Started<Stored> commit = start(loop_.runtime().executor(), sink_->co_commit());
  EXPECT_EQ(loop_.run(reader.co_result()), "hello");
  loop_.run(faults_->co_held());
  EXPECT_EQ(object_->size(), 5U);
  EXPECT_EQ(object_->state(), LiveObject::State::writing);
  EXPECT_FALSE(commit.done());
  faults_->release();
  EXPECT_EQ(loop_.run(commit.co_result()).size, 5U);
  EXPECT_EQ(object_->state(), LiveObject::State::committed);
}

TEST_F(EndedLiveObject, tells_a_commit_that_fails_to_who_awaits_it) {
  faults_->fail("commit", 1, Error(ErrorKind::io, "the line is cut"));
  EXPECT_THROW(loop_.run(sink_->co_commit()), Error);
  EXPECT_THROW(loop_.run(object_->co_committed()), Error);
  EXPECT_THROW(loop_.run(co_read_all(object_, ReadOptions())), Error);
}

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
