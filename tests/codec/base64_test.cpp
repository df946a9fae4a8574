#include "codec/base64.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace coffer {
namespace {

bool is_canonical(std::string_view text, std::size_t piece) {
  Base64Checker checker;
  for (std::size_t at = 0; at < text.size(); at += piece) checker.add(text.substr(at, piece));
  return checker.is_canonical();
}

std::string decode(std::string_view text, std::size_t piece) {
  Base64Decoder decoder;
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    const std::string_view part = text.substr(at, piece);
    std::vector<std::byte> room(Base64Decoder::room(part.size()));
    const std::size_t count = decoder.decode(part, room.data());
    bytes.append(reinterpret_cast<const char*>(room.data()), count);
  }
  return bytes;
}

std::string encode(std::string_view bytes, std::size_t piece) {
  Base64Encoder encoder;
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const auto part = std::as_bytes(std::span(bytes.substr(at, piece)));
    std::vector<char> room(Base64Encoder::room(part.size()));
    text.append(room.data(), encoder.encode(part, room.data()));
  }
  std::vector<char> room(4);
  return text.append(room.data(), encoder.finish(room.data()));
}

TEST(Base64, encodes_and_decodes_the_test_vectors_of_rfc_4648) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    for (std::size_t piece = 1; piece <= 9; ++piece) {
      EXPECT_EQ(encode(bytes, piece), text);
      EXPECT_EQ(decode(text, piece), bytes);
      EXPECT_TRUE(is_canonical(text, piece)) << text;
    }
  }
}

TEST(Base64, every_byte_comes_back_in_pieces_of_every_size) {
  std::mt19937 random(7);
  for (const std::size_t size : {1U, 2U, 63U, 64U, 65U, 255U, 1000U}) {
    std::string bytes(size, '\0');
    std::ranges::generate(bytes, [&] { return static_cast<char>(random()); });
    for (const std::size_t piece : {1U, 2U, 3U, 4U, 5U, 64U, 65U, 66U, 1'000U}) {
      const std::string text = encode(bytes, piece);
      EXPECT_EQ(text, encode(bytes, size));
      EXPECT_TRUE(is_canonical(text, piece));
      EXPECT_EQ(decode(text, piece), bytes) << size << " bytes in pieces of " << piece;
    }
  }
}

TEST(Base64, what_would_not_come_back_the_same_is_not_canonical) {
  const std::string run(200, 'A');
  const std::vector<std::string> others = {"Z",
                                           "Zg",
                                           "Zg=",
                                           "Zg===",
                                           "Zh==",
                                           "Zm9=",
                                           "Z===",
                                           "====",
                                           "Zm9v=",
                                           "=Zm9v",
                                           "Zg==Zg==",
                                           "Zm9-",
                                           "Zm9_",
                                           "Zm 9v",
                                           "Zm9v\n",
                                           "Zm9\x80",
                                           run + "!" + run + "AAA",
                                           run + "=",
                                           run + "A",
                                           run + "AB==" + run};
  for (const std::string& text : others) {
    for (const std::size_t piece : {1U, 3U, 64U, 1'000U}) EXPECT_FALSE(is_canonical(text, piece)) << text;
  }
  EXPECT_TRUE(is_canonical(run + "AA==", 65));
  EXPECT_TRUE(is_canonical(run + "AAA=", 65));
}

}  // namespace
}  // namespace coffer
