#include "stream/equal_sources.hpp"

#include <string>
#include <utility>

#include <coffer/stream/memory_source.hpp>
#include <gtest/gtest.h>

#include "support/test_loop.hpp"

namespace coffer {
namespace {

/// Gives its bytes in pieces of one size.
class PieceSource final : public ByteSource {
 public:
  PieceSource(std::string bytes, std::size_t piece) : inner_(make_memory_source(std::move(bytes))), piece_(piece) {}
  const ObjectInfo& info() const override { return inner_->info(); }
  Task<std::optional<Chunk>> co_read(std::size_t) override { return inner_->co_read(piece_); }

 private:
  SourcePtr inner_;
  std::size_t piece_;
};

bool are_equal(const std::string& a, const std::string& b) {
  test::TestLoop loop(test::LoopKind::own_thread);
  PieceSource one(a, 3);
  PieceSource other(b, 5);
  return loop.run(co_equal(one, other));
}

TEST(EqualSources, have_the_same_bytes_in_whatever_pieces) {
  EXPECT_TRUE(are_equal("", ""));
  EXPECT_TRUE(are_equal("a longer text", "a longer text"));
  EXPECT_FALSE(are_equal("a longer text", "a longer texT"));
  EXPECT_FALSE(are_equal("a longer text", "a longer text and more"));
  EXPECT_FALSE(are_equal("a longer text and more", "a longer text"));
  EXPECT_FALSE(are_equal("", "a"));
}

}  // namespace
}  // namespace coffer
