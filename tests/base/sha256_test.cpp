#include "base/sha256.hpp"

#include <algorithm>
#include <span>
#include <string>

#include <gtest/gtest.h>

namespace coffer {
namespace {

TEST(Sha256, gives_what_the_standard_has) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, of_pieces_is_that_of_the_whole) {
  const std::string text(1'000'000, 'a');
  Sha256 hash;
  for (std::size_t begin = 0; begin < text.size(); begin += 999) {
    hash.update(std::as_bytes(std::span(text).subspan(begin, std::min<std::size_t>(999, text.size() - begin))));
  }
  EXPECT_EQ(hash.finish(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(sha256(text), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace coffer
