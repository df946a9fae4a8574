#include <limits>
#include <string>

#include <coffer/base/chunk.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

TEST(Chunk, a_default_one_is_empty_and_owns_nothing) {
  const Chunk chunk;
  EXPECT_TRUE(chunk.empty());
  EXPECT_EQ(chunk.size(), 0U);
  EXPECT_EQ(chunk.text(), "");
  EXPECT_EQ(chunk.owner(), nullptr);
}

TEST(Chunk, a_slice_shares_the_memory) {
  const Chunk chunk = Chunk::of("0123456789");
  const Chunk middle = chunk.slice(3, 4);
  EXPECT_EQ(middle.text(), "3456");
  EXPECT_EQ(middle.data(), chunk.data() + 3);
  EXPECT_EQ(middle.owner(), chunk.owner());
  EXPECT_EQ(middle.slice(1, 2).text(), "45");
}

TEST(Chunk, lengths_are_cut_and_offsets_past_the_end_give_nothing) {
  constexpr std::size_t largest = std::numeric_limits<std::size_t>::max();
  const Chunk chunk = Chunk::of("0123456789");
  EXPECT_EQ(chunk.slice(8, 100).text(), "89");
  EXPECT_EQ(chunk.slice(8, largest).text(), "89");
  EXPECT_EQ(chunk.slice(2, 0).text(), "");
  EXPECT_TRUE(chunk.slice(10, 1).empty());
  EXPECT_TRUE(chunk.slice(11, 1).empty());
  EXPECT_TRUE(chunk.slice(largest, largest).empty());
  EXPECT_EQ(chunk.from(7).text(), "789");
  EXPECT_EQ(chunk.from(0).text(), "0123456789");
  EXPECT_TRUE(chunk.from(10).empty());
}

TEST(Chunk, the_last_slice_keeps_the_memory_alive_and_an_empty_one_does_not) {
  std::weak_ptr<const void> memory;
  Chunk tail;
  Chunk nothing;
  {
    const Chunk chunk = Chunk::of(std::string(1000, 'x') + "tail");
    memory = chunk.owner();
    tail = chunk.from(1000);
    nothing = chunk.from(1004);
  }
  EXPECT_FALSE(memory.expired());
  EXPECT_EQ(tail.text(), "tail");
  tail = {};
  EXPECT_TRUE(memory.expired());
  EXPECT_TRUE(nothing.empty());
}

TEST(Chunk, it_converts_to_a_span_and_to_an_asio_buffer) {
  const Chunk chunk = Chunk::of("abc");
  const std::span<const std::byte> span = chunk;
  const boost::asio::const_buffer buffer = chunk;
  EXPECT_EQ(span.data(), chunk.data());
  EXPECT_EQ(span.size(), 3U);
  EXPECT_EQ(buffer.data(), chunk.data());
  EXPECT_EQ(buffer.size(), 3U);
}

TEST(Chunk, bytes_that_live_for_ever_need_no_owner) {
  static constexpr std::string_view forever = "forever";
  const Chunk chunk(nullptr, std::as_bytes(std::span(forever)));
  EXPECT_EQ(chunk.from(3).text(), "ever");
}

}  // namespace
}  // namespace coffer
