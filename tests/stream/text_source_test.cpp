#include <string>
#include <vector>

#include <coffer/stream/text_source.hpp>
#include <gtest/gtest.h>

#include "support/test_loop.hpp"

namespace coffer {
namespace {

TextParts parts_of(std::vector<std::string> parts) {
  return [parts = std::move(parts), next = std::size_t{0}]() mutable {
    return next < parts.size() ? parts[next++] : std::string();
  };
}

Task<std::vector<std::string>> co_read_all(ByteSource& source, std::size_t at_most) {
  std::vector<std::string> chunks;
  while (const std::optional<Chunk> chunk = co_await source.co_read(at_most)) chunks.emplace_back(chunk->text());
  if (co_await source.co_read()) chunks.emplace_back("more");
  co_return chunks;
}

TEST(TextSource, gives_each_part_as_it_is_made) {
  const SourcePtr source = make_text_source(parts_of({"one", "two"}), "text/html");
  EXPECT_EQ(source->info().content_type, "text/html");
  EXPECT_FALSE(source->info().size);
  test::TestLoop loop(test::LoopKind::own_thread);
  EXPECT_EQ(loop.run(co_read_all(*source, 0)), (std::vector<std::string>{"one", "two"}));
}

TEST(TextSource, gives_no_more_than_is_asked_for) {
  const SourcePtr source = make_text_source(parts_of({"one", "seven"}));
  test::TestLoop loop(test::LoopKind::own_thread);
  EXPECT_EQ(loop.run(co_read_all(*source, 2)), (std::vector<std::string>{"on", "e", "se", "ve", "n"}));
}

}  // namespace
}  // namespace coffer
