#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "providers/live_object_fixture.hpp"
#include "support/sample_bytes.hpp"

namespace coffer {
namespace {

using test::all_places;
using test::co_read_all;
using test::co_read_some;
using test::LiveObjectOn;
using test::name_of;
using test::sample_bytes;

/// How a live object ends: by its writer, by its readers, by failure.
class LiveObjectEnd : public LiveObjectOn {};

TEST_P(LiveObjectEnd, the_end_comes_after_the_commit_also_where_the_size_was_promised) {
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

TEST_P(LiveObjectEnd, readers_of_a_failed_writer_get_an_error_and_never_a_short_object) {
  make();
  Started<std::string> reader = start_reading();
  SinkPtr sink = writer();
  write(sink, sample_bytes(1000));
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

TEST_P(LiveObjectEnd, a_writer_that_leaves_without_a_commit_fails_its_readers) {
  make();
  Started<std::string> reader = start_reading();
  SinkPtr sink = writer();
  write(sink, "half");
  sink.reset();
  EXPECT_EQ(failure(reader), ErrorKind::writer_failed);
  EXPECT_EQ(object_->state(), LiveObject::State::failed);
  EXPECT_THROW(run(object_->co_committed()), Error);
}

TEST_P(LiveObjectEnd, a_reader_that_leaves_early_disturbs_nobody) {
  make();
  SinkPtr sink = writer();
  SourcePtr leaving = open();
  Started<std::string> staying = start_reading();
  const std::string text = sample_bytes(2_MiB);
  write(sink, text.substr(0, 1_MiB));
  read(leaving, 100);
  leaving.reset();
  write(sink, text.substr(1_MiB));
  run(sink->co_commit());
  EXPECT_EQ(result(staying), text);
}

TEST_P(LiveObjectEnd, two_outputs_of_one_writer_are_read_in_either_order) {
  for (const bool swapped : {false, true}) {
    const LiveObjectPtr first = make();
    const LiveObjectPtr second = make();
    const std::string text = sample_bytes(12_MiB);
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

TEST_P(LiveObjectEnd, chunks_that_a_reader_holds_stop_nobody) {
  make();
  SinkPtr sink = writer();
  SourcePtr hoarder = open();
  Started<std::string> reader = start_reading();
  const std::string text = sample_bytes(6_MiB);
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

TEST_P(LiveObjectEnd, has_one_writer) {
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

TEST_P(LiveObjectEnd, has_no_etag_to_be_opened_by) {
  make();
  try {
    run(object_->co_open(ReadOptions().if_etag("of an older object")));
    FAIL() << "was opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  }
}

TEST_P(LiveObjectEnd, an_empty_object_ends_at_once_after_its_commit) {
  make();
  Started<std::string> reader = start_reading();
  SinkPtr sink = writer();
  run(sink->co_commit());
  EXPECT_EQ(result(reader), "");
}

INSTANTIATE_TEST_SUITE_P(Stores, LiveObjectEnd, testing::ValuesIn(all_places()), name_of);

}  // namespace
}  // namespace coffer
