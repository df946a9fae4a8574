#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include <boost/asio/strand.hpp>
#include <coffer/base/literals.hpp>
#include <coffer/providers/memory.hpp>
#include <coffer/storage/storage.hpp>
#include <coffer/storage/write_behind.hpp>
#include <gtest/gtest.h>

#include "async/started.hpp"
#include "fakes/faulty_provider.hpp"
#include "fakes/memory_scratch.hpp"
#include "io_backends/cancelling.hpp"
#include "stream/sink_writer.hpp"
#include "support/sample_bytes.hpp"
#include "support/test_loop.hpp"
#include "support/thrown_error.hpp"

namespace coffer {
namespace {

using test::co_cancelled;

Task<> co_write_text(ByteSink& sink, std::string text) {
  SinkWriter writer(sink, text.size());
  co_await writer.co_write(text);
  co_await writer.co_flush();
}

class WriteBehind : public testing::TestWithParam<test::LoopKind> {
 protected:
  static constexpr std::size_t budget = 4_MiB;

  WriteBehind() : loop_(GetParam(), RuntimeConfig().budget(budget)) {
    ProviderRegistry registry;
    registry.add_active(test::make_faulty_provider(loop_.runtime(), make_memory_provider(loop_.runtime()), slow_));
    storage_.emplace(loop_.runtime(), std::move(registry), std::make_shared<test::MemoryScratch>());
    sink_ = loop_.run(co_make());
  }
  ~WriteBehind() override {
    slow_->release();
    sink_.reset();
    EXPECT_TRUE(loop_.run(loop_.runtime().co_close(std::chrono::minutes(1))));
    EXPECT_EQ(loop_.runtime().pool().use().granted, 0U) << "every buffer came back";
  }

  Task<SinkPtr> co_make() {
    SinkPtr sink = co_await storage_->co_create(uri_);
    co_return co_await co_write_behind(*storage_, std::move(sink));
  }
  void write(std::string text) { loop_.run(co_write_text(*sink_, std::move(text))); }
  Started<Stored> start_commit() { return start(loop_.runtime().executor(), sink_->co_commit()); }
  bool is_stored() { return loop_.run(storage_->co_head(uri_)).has_value(); }
  std::string stored() { return loop_.run(storage_->co_load(uri_)); }
  template <class T>
  ErrorKind failure_of(Task<T> task) {
    return test::error_of([&] { loop_.run(std::move(task)); }).kind();
  }

  test::TestLoop loop_;
  std::shared_ptr<test::Faults> slow_ = std::make_shared<test::Faults>();
  std::optional<Storage> storage_;
  const Uri uri_{"mem://default/slow"};
  SinkPtr sink_;
};

TEST_P(WriteBehind, the_writer_is_done_while_the_store_has_nothing_yet) {
  slow_->hold("write", 1);
  const std::string text = test::sample_bytes(3 * budget + 17);
  write(text);
  EXPECT_EQ(sink_->readback()->readable(), text.size());
  Started<Stored> commit = start_commit();
  loop_.run(slow_->co_held());
  EXPECT_FALSE(commit.done());
  EXPECT_FALSE(is_stored());
  slow_->release();
  EXPECT_EQ(loop_.run(commit.co_result()).size, text.size());
  EXPECT_TRUE(stored() == text);
}

TEST_P(WriteBehind, what_waits_takes_no_more_than_the_budget) {
  slow_->hold("write", 1);
  write(test::sample_bytes(5 * budget));
  EXPECT_LE(loop_.runtime().pool().use().peak, budget + 3 * 2 * smallest_buffer);
}

TEST_P(WriteBehind, every_byte_comes_in_order_whoever_is_faster) {
  std::mt19937 random(11);
  const std::string text = test::sample_bytes(6 * budget + 5);
  for (std::size_t done = 0; done < text.size();) {
    const std::size_t size = random() % 3 == 0 ? random() % 1000 + 1 : random() % 700'000 + 1;
    write(text.substr(done, size));
    done += size;
    if (random() % 8 == 0) slow_->hold("write", random() % 2 + 1);
    if (random() % 3 == 0) slow_->release();
  }
  Started<Stored> commit = start_commit();
  while (!commit.done()) {
    slow_->release();
    loop_.run(test::co_turn());
  }
  EXPECT_EQ(loop_.run(commit.co_result()).size, text.size());
  EXPECT_TRUE(stored() == text);
}

TEST_P(WriteBehind, an_empty_object_is_stored) {
  EXPECT_EQ(loop_.run(sink_->co_commit()).size, 0U);
  EXPECT_EQ(stored(), "");
}

TEST_P(WriteBehind, a_store_that_fails_fails_the_commit_and_nothing_is_stored) {
  for (const std::string verb : {"write", "commit"}) {
    slow_->fail(verb, 1, Error(ErrorKind::io, "the line is cut"));
    sink_ = loop_.run(co_make());
    write("hello");
    EXPECT_EQ(failure_of(sink_->co_commit()), ErrorKind::io) << verb;
    EXPECT_FALSE(is_stored()) << verb;
  }
}

TEST_P(WriteBehind, the_next_write_throws_what_failed_the_store) {
  slow_->fail("write", 1, Error(ErrorKind::io, "the line is cut"));
  const auto write_until_it_throws = [](ByteSink& sink) -> Task<> {
    for (;;) {
      co_await co_write_text(sink, "more");
      co_await test::co_turn();
    }
  };
  EXPECT_EQ(failure_of(write_until_it_throws(*sink_)), ErrorKind::io);
}

TEST_P(WriteBehind, dropping_it_stores_nothing) {
  slow_->hold("write", 1);
  write(test::sample_bytes(1_MiB));
  loop_.run(slow_->co_held());
  sink_.reset();
  EXPECT_TRUE(loop_.run(loop_.runtime().co_close(std::chrono::minutes(1)))) << "it needs no release to end";
  EXPECT_FALSE(is_stored());
}

TEST_P(WriteBehind, a_commit_that_is_cancelled_before_its_point_stores_nothing) {
  slow_->hold("write", 1);
  write("hello");
  const boost::asio::any_io_executor strand = boost::asio::make_strand(loop_.runtime().executor());
  Started<Error> cancelled = start(strand, co_cancelled(sink_->co_commit()));
  EXPECT_EQ(loop_.run(cancelled.co_result()).kind(), ErrorKind::cancelled);
  EXPECT_FALSE(is_stored());
}

INSTANTIATE_TEST_SUITE_P(Loops, WriteBehind, testing::ValuesIn(test::all_loop_kinds),
                         [](const auto& info) { return test::to_string(info.param); });

TEST(WriteBehindWithoutScratch, is_refused) {
  test::TestLoop loop(test::LoopKind::own_thread);
  ProviderRegistry registry;
  registry.add_active(make_memory_provider(loop.runtime()));
  Storage storage(loop.runtime(), std::move(registry));
  SinkPtr sink = loop.run(storage.co_create());
  try {
    loop.run(co_write_behind(storage, std::move(sink)));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  }
}

}  // namespace
}  // namespace coffer
