#include "pipe/list_format.hpp"

#include <cstring>

#include <coffer/pipe/list.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>

#include "pipe/folder_watch.hpp"
#include "pipe/indexed_lines.hpp"

namespace coffer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string text_of(const std::vector<Stored>& elements) {
  std::string text = list_begin({});
  for (const Stored& element : elements) {
    if (&element != &elements.front()) text += list_gap;
    text += json_of_element(element);
  }
  return text + std::string(list_end);
}

std::string list_refusal(const std::string& text) {
  const auto elements = parse_list(text);
  return elements ? "parsed" : elements.error().message();
}

TEST(ListFormat, what_is_written_is_read_again) {
  std::vector<Stored> elements(2);
  elements[0].uri = Uri("s3://bucket/a%20b?versionId=7");
  elements[0].size = 5'000'000'000;
  elements[0].crc32c = 0xAB;
  elements[0].content_type = "text/plain; charset=\"utf-8\"";
  elements[0].etag = "\"e\"";
  elements[1].uri = Uri("mem://store/x");
  const auto read = parse_list(text_of(elements));
  ASSERT_TRUE(read) << read.error().what();
  ASSERT_EQ(read->size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ((*read)[i].index, i);
    EXPECT_EQ((*read)[i].stored.uri, elements[i].uri);
    EXPECT_EQ((*read)[i].stored.size, elements[i].size);
    EXPECT_EQ((*read)[i].stored.crc32c, elements[i].crc32c);
    EXPECT_EQ((*read)[i].stored.content_type, elements[i].content_type);
    EXPECT_EQ((*read)[i].stored.etag, elements[i].etag);
  }
}

TEST(ListFormat, elements_in_the_store_are_called_as_that_is_called_now) {
  std::vector<Stored> elements(2);
  elements[0].uri = Uri("file:///s/x/a%20b");
  elements[1].uri = Uri("file:///elsewhere/c");
  std::string text = text_of(elements);
  text.replace(0, list_begin({}).size(), list_begin({Uri("file:///s"), "x/l \xFF\n\""}));
  const auto uris = [&text](const ListPlace& place) {
    std::vector<std::string> all;
    for (const ListElement& element : parse_list(text, place).value()) all.push_back(element.stored.uri.text());
    return all;
  };
  const std::string other = "file:///elsewhere/c";
  EXPECT_THAT(uris({Uri("file:///s/inner"), "x/l \xFF\n\""}), ElementsAre("file:///s/inner/x/a%20b", other));
  EXPECT_THAT(uris({Uri("file:///s"), "x/l \xFF\n\""}), ElementsAre("file:///s/x/a%20b", other));
  EXPECT_THAT(uris({Uri("file:///t"), "copied"}), ElementsAre("file:///s/x/a%20b", other)) << "it was copied";
  EXPECT_THAT(uris({}), ElementsAre("file:///s/x/a%20b", other));
}

TEST(ListFormat, an_empty_list_is_a_list) {
  const auto read = parse_list(text_of({}));
  ASSERT_TRUE(read) << read.error().what();
  EXPECT_TRUE(read->empty());
}

TEST(ListFormat, what_is_no_list_is_refused_with_its_place) {
  EXPECT_THAT(list_refusal("[]"), HasSubstr("line 1, column 1: must be an object"));
  EXPECT_THAT(list_refusal("{}"), HasSubstr("'coffer_list' is missing"));
  EXPECT_THAT(list_refusal("{\"coffer_list\": 2}"), HasSubstr("version 1 only"));
  EXPECT_THAT(list_refusal("{\"coffer_list\": 1,\n \"elements\": {}}"),
              HasSubstr("line 2, column 14: 'elements' must be"));
  const std::string begin = "{\"coffer_list\": 1, \"elements\": [";
  EXPECT_THAT(list_refusal(begin + "7]}"), HasSubstr("an element must be an object"));
  EXPECT_THAT(list_refusal(begin + R"({"uri": "a", "size": 1, "crc32c": "00000000"}]})"), HasSubstr("column 33"));
  EXPECT_THAT(list_refusal(begin + R"({"uri": "mem://a/b", "size": -1, "crc32c": "00000000"}]})"), HasSubstr("'size'"));
  EXPECT_THAT(list_refusal(begin + R"({"uri": "mem://a/b", "size": 1, "crc32c": "0000000g"}]})"),
              HasSubstr("'crc32c'"));
  EXPECT_THAT(list_refusal(begin + R"({"uri": "mem://a/b", "size": 1, "crc32c": "0"}]})"), HasSubstr("'crc32c'"));
}

void add_event(std::string& bytes, std::uint32_t mask, const std::string& name) {
  inotify_event event{};
  event.mask = mask;
  event.len = name.empty() ? 0 : static_cast<std::uint32_t>(name.size() + 3);
  bytes.append(reinterpret_cast<const char*>(&event), sizeof event);
  bytes += name;
  bytes.append(event.len - name.size(), '\0');
}

TEST(FolderWatch, tells_the_names_of_files_and_nothing_else) {
  std::string events;
  add_event(events, IN_CLOSE_WRITE, "b.png");
  add_event(events, IN_MOVED_TO | IN_ISDIR, "folder");
  add_event(events, IN_Q_OVERFLOW, "");
  add_event(events, IN_MOVED_TO, "a.png");
  EXPECT_THAT(names_in_events(std::as_bytes(std::span(events))), ElementsAre("b.png", "a.png"));
  events.resize(events.size() - 2);
  EXPECT_THAT(names_in_events(std::as_bytes(std::span(events))), ElementsAre("b.png", "a.png"));
}

TEST(FolderWatch, knows_the_names_that_programs_give_to_what_is_not_complete) {
  for (const char* name : {".a.png", "a.png.tmp", "a.png.part", "a.png~"}) EXPECT_TRUE(is_provisional_name(name));
  for (const char* name : {"a.png", "tmp", "a.tmp.png"}) EXPECT_FALSE(is_provisional_name(name));
}

TEST(IndexedLines, each_line_has_the_index_before_it) {
  IndexedLines lines(7);
  EXPECT_EQ(lines.add("on"), "");
  EXPECT_EQ(lines.add("e\ntwo\nthr"), "[7] one\n[7] two\n");
  EXPECT_EQ(lines.rest(), "[7] thr\n");
  EXPECT_EQ(lines.rest(), "");
  EXPECT_EQ(lines.add(std::string(5000, 'x')).size(), 4096U + 5);
}

}  // namespace
}  // namespace coffer
