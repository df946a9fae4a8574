#include "pipe/pipe_identity.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace coffer {
namespace {

PipeSpec shouting(const char* letters) {
  return PipeSpec("shout")
      .batch("words", "word", 2)
      .reads("word", Feed::standard_input)
      .writes("loud", Yield::standard_output)
      .command({"tr", letters, "A-Z"});
}

TEST(PipeIdentities, say_what_comes_of_a_pipe_and_not_how_it_is_tried) {
  const PipeIdentity usual = identify_pipe(shouting("a-z"));
  EXPECT_EQ(difference(usual, identify_pipe(shouting("a-z").batch("words", "word", 7))), "");
  EXPECT_EQ(difference(usual, identify_pipe(shouting("a-z").retry(5).timeout(std::chrono::seconds(1)))), "");
  EXPECT_NE(difference(usual, identify_pipe(shouting("b-z"))), "");
  EXPECT_NE(difference(usual, identify_pipe(shouting("a-z").batch("others", "word", 2))), "");
}

}  // namespace
}  // namespace coffer
