#include <coffer/stream/memory_source.hpp>
#include <gtest/gtest.h>

#include "support/test_loop.hpp"

namespace coffer {
namespace {

constexpr std::size_t largest_chunk = std::size_t{1} << 20U;

Task<std::string> co_rest(ByteSource& source, std::size_t at_most = 0) {
  std::string bytes;
  while (const std::optional<Chunk> chunk = co_await source.co_read(at_most)) {
    EXPECT_GT(chunk->size(), 0U);
    EXPECT_LE(chunk->size(), at_most == 0 ? largest_chunk : at_most);
    bytes.append(chunk->text());
  }
  co_return std::move(bytes);
}

class MemorySource : public testing::Test {
 protected:
  test::TestLoop loop_{test::LoopKind::own_thread};
};

TEST_F(MemorySource, gives_all_its_bytes_and_then_the_end) {
  const std::string bytes(3 * largest_chunk + 5, 'b');
  const SourcePtr source = make_memory_source(bytes, "text/plain");
  EXPECT_EQ(source->info().size, bytes.size());
  EXPECT_EQ(source->info().content_type, "text/plain");
  EXPECT_TRUE(loop_.run(co_rest(*source)) == bytes);
  EXPECT_FALSE(loop_.run(source->co_read(0)).has_value());
}

TEST_F(MemorySource, of_nothing_is_at_its_end) {
  const SourcePtr source = make_memory_source("");
  EXPECT_EQ(source->info().size, 0U);
  EXPECT_FALSE(loop_.run(source->co_read(0)).has_value());
}

TEST_F(MemorySource, gives_no_more_than_was_asked_for) {
  const SourcePtr source = make_memory_source("abcdefgh");
  EXPECT_EQ(loop_.run(co_rest(*source, 3)), "abcdefgh");
}

TEST_F(MemorySource, can_be_read_again_over_any_range) {
  const SourcePtr source = make_memory_source("abcdefgh");
  loop_.run(source->co_read(5));
  const SourcePtr middle = loop_.run(source->co_reopen(ByteRange::of(2, 3)));
  const SourcePtr last = loop_.run(source->co_reopen(ByteRange::last(2)));
  EXPECT_EQ(loop_.run(co_rest(*middle)), "cde");
  EXPECT_EQ(middle->info().size, 8U);
  EXPECT_EQ(loop_.run(co_rest(*last)), "gh");
  EXPECT_EQ(loop_.run(co_rest(*source)), "fgh");
}

TEST_F(MemorySource, refuses_a_range_past_its_end) {
  const SourcePtr source = make_memory_source("abc");
  try {
    loop_.run(source->co_reopen(ByteRange::from(3)));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::range_not_satisfiable);
  }
}

TEST_F(MemorySource, shares_its_memory_with_its_chunks) {
  SourcePtr source = make_memory_source(std::string(100, 'b'));
  const std::optional<Chunk> first = loop_.run(source->co_read(40));
  const std::optional<Chunk> second = loop_.run(source->co_read(0));
  EXPECT_EQ(first->data() + 40, second->data());
  source.reset();
  EXPECT_EQ(first->text(), std::string(40, 'b'));
  EXPECT_EQ(second->text(), std::string(60, 'b'));
}

TEST_F(MemorySource, reads_a_range_of_bytes_that_others_hold_too) {
  const auto bytes = std::make_shared<const std::string>("abcdefgh");
  ObjectInfo info;
  info.size = 8;
  info.etag = "etag";
  const SourcePtr source = make_memory_source(bytes, info, ByteRange::of(2, 3));
  EXPECT_EQ(source->info().etag, "etag");
  const std::optional<Chunk> chunk = loop_.run(source->co_read(0));
  EXPECT_EQ(chunk->text(), "cde");
  EXPECT_EQ(chunk->text().data(), bytes->data() + 2);
  EXPECT_THROW(make_memory_source(bytes, info, ByteRange::from(8)), Error);
}

class OnlyOnce final : public ByteSource {
 public:
  const ObjectInfo& info() const override { return info_; }
  Task<std::optional<Chunk>> co_read(std::size_t /*at_most*/) override { co_return std::nullopt; }

 private:
  ObjectInfo info_;
};

TEST(ByteSource, cannot_be_read_again_unless_it_says_how) {
  test::TestLoop loop(test::LoopKind::own_thread);
  OnlyOnce source;
  EXPECT_EQ(loop.run(source.co_reopen(ByteRange::whole())), nullptr);
}

}  // namespace
}  // namespace coffer
