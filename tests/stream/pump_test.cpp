#include <stdexcept>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <coffer/stream/memory_source.hpp>
#include <coffer/stream/pump.hpp>
#include <gtest/gtest.h>

#include "support/test_loop.hpp"

namespace coffer {
namespace {

namespace asio = boost::asio;

/// Keeps the chunks it is given.
class Shelf final : public ByteSink {
 public:
  Task<Buffer> co_buffer(std::size_t /*at_least*/) override { throw Error(ErrorKind::unsupported, "only chunks"); }
  Task<> co_write(Chunk chunk) override {
    if (chunks.size() == fails_at) throw std::out_of_range("the shelf is full");
    chunks.push_back(std::move(chunk));
    co_return;
  }
  Task<Stored> co_commit() override {
    committed = true;
    co_return Stored();
  }

  std::vector<Chunk> chunks;
  std::size_t fails_at = ~std::size_t{0};
  bool committed = false;
};

/// Forgets the chunks it is given, and never waits.
class Hole final : public ByteSink {
 public:
  Task<Buffer> co_buffer(std::size_t /*at_least*/) override { throw Error(ErrorKind::unsupported, "only chunks"); }
  Task<> co_write(Chunk /*chunk*/) override { co_return; }
  Task<Stored> co_commit() override { co_return Stored(); }
};

/// Reads one source again and again, in pieces.
class Endless final : public ByteSource {
 public:
  explicit Endless(std::size_t piece)
      : source_(make_memory_source(std::string(std::size_t{4} << 20U, 'b'))), piece_(piece) {}
  const ObjectInfo& info() const override { return source_->info(); }
  Task<std::optional<Chunk>> co_read(std::size_t /*at_most*/) override {
    std::optional<Chunk> chunk = co_await source_->co_read(piece_);
    if (!chunk) {
      source_ = co_await source_->co_reopen(ByteRange::whole());
      chunk = co_await source_->co_read(piece_);
    }
    co_return std::move(chunk);
  }

 private:
  SourcePtr source_;
  std::size_t piece_;
};

class Broken final : public ByteSource {
 public:
  const ObjectInfo& info() const override { return info_; }
  Task<std::optional<Chunk>> co_read(std::size_t /*at_most*/) override {
    throw Error(ErrorKind::corrupt, "planted").about("mem://here");
  }

 private:
  ObjectInfo info_;
};

class Pump : public testing::TestWithParam<test::LoopKind> {
 protected:
  test::TestLoop loop_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(On, Pump, testing::ValuesIn(test::all_loop_kinds),
                         [](const auto& kind) { return test::to_string(kind.param); });

TEST_P(Pump, moves_chunks_without_copying_and_without_committing) {
  const std::string bytes((std::size_t{5} << 20U) + 3, 'b');
  const SourcePtr source = make_memory_source(bytes);
  const std::optional<Chunk> first = loop_.run(source->co_read(1));
  Shelf shelf;
  EXPECT_EQ(loop_.run(co_pump(*source, shelf)), bytes.size() - 1);
  ASSERT_FALSE(shelf.chunks.empty());
  const std::byte* next = first->data() + 1;
  std::size_t moved = 1;
  for (const Chunk& chunk : shelf.chunks) {
    EXPECT_EQ(chunk.data(), next) << "a chunk is not the source's own memory";
    next += chunk.size();
    moved += chunk.size();
  }
  EXPECT_EQ(moved, bytes.size());
  EXPECT_FALSE(shelf.committed);
}

TEST_P(Pump, tells_its_progress_after_each_chunk) {
  const SourcePtr source = make_memory_source(std::string(std::size_t{3} << 20U, 'b'));
  Shelf shelf;
  std::vector<std::uint64_t> told;
  loop_.run(co_pump(*source, shelf, [&](std::uint64_t bytes) {
    EXPECT_EQ(told.size() + 1, shelf.chunks.size());
    told.push_back(bytes);
  }));
  ASSERT_EQ(told.size(), shelf.chunks.size());
  EXPECT_EQ(told.back(), std::uint64_t{3} << 20U);
}

TEST_P(Pump, throws_what_the_source_throws) {
  Broken source;
  Shelf shelf;
  try {
    loop_.run(co_pump(source, shelf));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::corrupt);
    EXPECT_EQ(error.uri(), "mem://here");
  }
}

TEST_P(Pump, turns_a_foreign_exception_into_an_error) {
  const SourcePtr source = make_memory_source(std::string(std::size_t{3} << 20U, 'b'));
  Shelf shelf;
  shelf.fails_at = 1;
  try {
    loop_.run(co_pump(*source, shelf));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::io);
    EXPECT_NE(std::string(error.what()).find("the shelf is full"), std::string::npos);
  }
}

/// Cancels the pump after the loop came round `turns` times: only possible where the pump lets the loop come round.
Task<ErrorKind> co_cancelled_pump(Endless& source, ByteSink& sink, int turns) {
  const auto executor = co_await asio::this_coro::executor;
  Task<std::uint64_t> pump = co_pump(source, sink);
  auto others = [](int count) -> Task<> {
    for (int i = 0; i < count; ++i) co_await asio::post(asio::deferred);
  };
  auto both = asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(pump), asio::deferred),
                                                      asio::co_spawn(executor, others(turns), asio::deferred));
  auto [order, failed, moved, others_failed] =
      co_await both.async_wait(asio::experimental::wait_for_one(), asio::deferred);
  EXPECT_EQ(order[0], 1U) << "the others had no turn before the pump ended";
  co_return failed ? to_error(failed).kind() : ErrorKind::unsupported;
}

/// A cancellation is given on the operation's executor: with several threads, on a strand.
template <class T>
Task<T> co_on_strand(Task<T> task) {
  auto strand = asio::make_strand(co_await asio::this_coro::executor);
  co_return co_await asio::co_spawn(strand, std::move(task), asio::use_awaitable);
}

TEST_P(Pump, from_memory_to_memory_lets_others_run_and_sees_that_it_is_cancelled) {
  for (const std::size_t piece : {std::size_t{1} << 20U, std::size_t{100}}) {
    for (const int turns : {0, 1, 2, 50}) {
      Endless source(piece);
      Hole hole;
      EXPECT_EQ(loop_.run(co_on_strand(co_cancelled_pump(source, hole, turns))), ErrorKind::cancelled);
    }
  }
}

}  // namespace
}  // namespace coffer
