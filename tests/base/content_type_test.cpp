#include <coffer/base/content_type.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

constexpr std::string_view unknown = "application/octet-stream";

struct Pair {
  std::string_view from;
  std::string_view to;
};

TEST(ContentType, a_name_s_ending_tells_it) {
  const Pair cases[] = {
      {"a/b.MP4", "video/mp4"},     {"video.mp4", "video/mp4"},
      {"a.b.flac", "audio/flac"},   {"x.jpeg", "image/jpeg"},
      {"x.JpG", "image/jpeg"},      {"report.json", "application/json"},
      {"page.HTM", "text/html"},    {"a.tar.gz", "application/gzip"},
      {"notes.txt", "text/plain"},  {"lines.jsonl", "application/jsonl"},
      {"d.mp4/x.png", "image/png"},
  };
  for (const Pair& c : cases) EXPECT_EQ(content_type_of_name(c.from), c.to) << c.from;
}

TEST(ContentType, a_name_that_tells_nothing_is_a_stream_of_bytes) {
  for (const std::string_view name :
       {"", "a", ".", "..", "a.", ".mp4", "d/.mp4", "folder.mp4/a", "folder.mp4/", "a.unheard", "mp4", "a.mp4 ", "/"}) {
    EXPECT_EQ(content_type_of_name(name), unknown) << name;
  }
}

TEST(ContentType, it_tells_the_usual_ending) {
  const Pair cases[] = {
      {"video/mp4", ".mp4"},
      {"image/jpeg", ".jpg"},
      {"text/plain; charset=utf-8", ".txt"},
      {"Text/HTML;charset=utf-8", ".html"},
      {" application/json ", ".json"},
      {"audio/flac\t;x", ".flac"},
      {"audio/x-wav", ".wav"},
      {"text/xml", ".xml"},
      {"", ""},
      {";", ""},
      {"video", ""},
      {"video/", ""},
      {"video/mp4x", ""},
      {unknown, ""},
  };
  for (const Pair& c : cases) EXPECT_EQ(extension_of_content_type(c.from), c.to) << c.from;
}

TEST(ContentType, an_ending_that_a_type_gives_leads_back_to_a_type_with_this_ending) {
  for (const std::string_view name :
       {"a.mp4", "a.mov", "a.wav", "a.xml", "a.yml", "a.tiff", "a.htm", "a.docx", "a.7z"}) {
    const std::string_view type = content_type_of_name(name);
    const std::string_view ending = extension_of_content_type(type);
    ASSERT_NE(ending, "") << name;
    EXPECT_EQ(content_type_of_name(std::string("x").append(ending)), type) << name;
  }
}

}  // namespace
}  // namespace coffer
