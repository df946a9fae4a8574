#include "http_server/range_answer.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

RangeRequest get(std::optional<std::string> range = std::nullopt) {
  RangeRequest request;
  request.method = "GET";
  request.target = "/s/n";
  request.range = std::move(range);
  return request;
}

ResourceFacts facts(std::optional<std::uint64_t> size) {
  ResourceFacts facts;
  facts.content_type = "video/mp4";
  facts.size = size;
  return facts;
}

TEST(NameInTarget, is_what_stands_behind_the_right_secret) {
  const std::vector<std::pair<std::string, std::optional<std::string>>> table = {
      {"/secret/video.mp4", "video.mp4"},
      {"/secret/video.mp4?a=b", "video.mp4"},
      {"/secret/a/b", "a/b"},
      {"/secret/", std::nullopt},
      {"/secret", std::nullopt},
      {"/Secret/video", std::nullopt},
      {"/secrets/video", std::nullopt},
      {"/secre/video", std::nullopt},
      {"secret/video", std::nullopt},
      {"", std::nullopt},
      {"/", std::nullopt},
      {"//video", std::nullopt},
      {"/secret?/video", std::nullopt},
      {"*", std::nullopt},
  };
  for (const auto& [target, name] : table) EXPECT_EQ(name_in_target(target, "secret"), name) << target;
}

TEST(RangeHeader, one_range_of_bytes_is_read_and_all_else_ignored) {
  EXPECT_EQ(parse_range_header("bytes=0-99"), ByteRange::of(0, 100));
  EXPECT_EQ(parse_range_header("bytes=5-"), ByteRange::from(5));
  EXPECT_EQ(parse_range_header("bytes=-7"), ByteRange::last(7));
  EXPECT_EQ(parse_range_header(" Bytes = 1-1 "), ByteRange::of(1, 1));
  for (const char* ignored :
       {"", "bytes", "bytes=", "bytes=a-b", "bytes=5-2", "bytes=0-1,3-4", "items=0-1", "bytes=1", "=0-1"}) {
    EXPECT_EQ(parse_range_header(ignored), std::nullopt) << ignored;
  }
}

TEST(RangeAnswer, a_known_size_offers_ranges) {
  const RangeAnswer answer = answer_resource(get(), facts(1000));
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.head,
            "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nAccept-Ranges: bytes\r\nContent-Length: 1000\r\n\r\n");
  EXPECT_TRUE(answer.has_body);
  EXPECT_EQ(answer.extent, (Extent{0, 1000}));
  EXPECT_TRUE(answer.keep_alive);
}

TEST(RangeAnswer, a_range_has_its_place_and_the_true_total) {
  const RangeAnswer answer = answer_resource(get("bytes=10-"), facts(1000));
  EXPECT_EQ(answer.status, 206U);
  EXPECT_EQ(answer.head,
            "HTTP/1.1 206 Partial Content\r\nContent-Type: video/mp4\r\nAccept-Ranges: bytes\r\n"
            "Content-Range: bytes 10-999/1000\r\nContent-Length: 990\r\n\r\n");
  EXPECT_EQ(answer.extent, (Extent{10, 990}));
  EXPECT_EQ(answer_resource(get("bytes=0-0"), facts(1000)).extent, (Extent{0, 1}));
  EXPECT_EQ(answer_resource(get("bytes=990-5000"), facts(1000)).extent, (Extent{990, 10}));
  EXPECT_EQ(answer_resource(get("bytes=-100"), facts(1000)).extent, (Extent{900, 100}));
  EXPECT_EQ(answer_resource(get("bytes=-5000"), facts(1000)).extent, (Extent{0, 1000}));
}

TEST(RangeAnswer, a_range_past_the_end_is_416_with_the_total) {
  for (const char* range : {"bytes=1000-", "bytes=1000-2000", "bytes=-0"}) {
    const RangeAnswer answer = answer_resource(get(range), facts(1000));
    EXPECT_EQ(answer.status, 416U) << range;
    EXPECT_EQ(answer.head,
              "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */1000\r\nContent-Length: 0\r\n\r\n");
    EXPECT_FALSE(answer.has_body);
  }
  EXPECT_EQ(answer_resource(get("bytes=0-"), facts(0)).status, 416U);
}

TEST(RangeAnswer, an_ignored_range_gets_the_whole) {
  EXPECT_EQ(answer_resource(get("bytes=0-1,5-6"), facts(1000)).status, 200U);
  EXPECT_EQ(answer_resource(get("bytes=x"), facts(1000)).extent, (Extent{0, 1000}));
}

TEST(RangeAnswer, an_empty_resource_has_no_body) {
  const RangeAnswer answer = answer_resource(get(), facts(0));
  EXPECT_EQ(answer.status, 200U);
  EXPECT_FALSE(answer.has_body);
  EXPECT_THAT(answer.head, HasSubstr("Content-Length: 0\r\n"));
}

TEST(RangeAnswer, without_the_true_total_there_are_no_ranges) {
  for (const auto& range : {std::optional<std::string>(), std::optional<std::string>("bytes=5-")}) {
    const RangeAnswer answer = answer_resource(get(range), facts(std::nullopt));
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.head, "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_TRUE(answer.has_body);
    EXPECT_TRUE(answer.chunked);
    EXPECT_EQ(answer.extent, std::nullopt);
  }
}

TEST(RangeAnswer, http_1_0_gets_no_chunks_but_the_end_of_the_connection) {
  RangeRequest request = get();
  request.is_http_1_0 = true;
  const RangeAnswer answer = answer_resource(request, facts(std::nullopt));
  EXPECT_FALSE(answer.chunked);
  EXPECT_FALSE(answer.keep_alive);
  EXPECT_THAT(answer.head, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer.head, Not(HasSubstr("chunked")));
}

TEST(RangeAnswer, head_tells_the_same_without_the_body) {
  RangeRequest request = get("bytes=5-");
  request.method = "HEAD";
  const RangeAnswer known = answer_resource(request, facts(1000));
  EXPECT_EQ(known.head, answer_resource(get(), facts(1000)).head);
  EXPECT_FALSE(known.has_body);
  const RangeAnswer unknown = answer_resource(request, facts(std::nullopt));
  EXPECT_EQ(unknown.head, answer_resource(get(), facts(std::nullopt)).head);
  EXPECT_FALSE(unknown.has_body);
}

TEST(RangeAnswer, a_connection_that_ends_says_so) {
  RangeRequest request = get();
  request.keep_alive = false;
  EXPECT_THAT(answer_resource(request, facts(5)).head, HasSubstr("Connection: close\r\n"));
  EXPECT_EQ(answer_status(404, true).head, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(answer_status(405, false).head,
            "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer_status(431, false).head, StartsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
}

}  // namespace
}  // namespace coffer
