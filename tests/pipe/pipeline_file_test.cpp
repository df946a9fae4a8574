#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <coffer/pipe/pipeline_file.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

const std::filesystem::path corpus = COFFER_PIPELINE_CORPUS;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> files_in(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(corpus / folder)) files.push_back(entry.path());
  EXPECT_FALSE(files.empty()) << folder;
  return files;
}

std::string verdict_on(const std::string& text) {
  const Result<Pipeline> pipeline = parse_pipeline(text);
  return pipeline ? "parsed" : pipeline.error().message();
}

TEST(PipelineFile, every_good_file_parses_and_says_the_same_when_it_is_printed) {
  for (const char* folder : {"good", "bad_plan"}) {
    for (const auto& path : files_in(folder)) {
      const Result<Pipeline> pipeline = parse_pipeline(text_of(path));
      ASSERT_TRUE(pipeline) << path << ": " << pipeline.error().what();
      const Result<std::string> printed = pipeline_to_json(*pipeline);
      ASSERT_TRUE(printed) << path << ": " << printed.error().what();
      const Result<Pipeline> again = parse_pipeline(*printed);
      ASSERT_TRUE(again) << path << ": " << again.error().what() << "\n" << *printed;
      EXPECT_TRUE(same_document(*pipeline, *again)) << *printed;
    }
  }
}

// refusals.txt has a line for each bad file: its name, then what is said about it.
TEST(PipelineFile, every_bad_file_is_refused_with_place_member_and_reason) {
  std::map<std::string, std::string> expected;
  std::istringstream lines(text_of(corpus / "refusals.txt"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t gap = line.find(' ');
    ASSERT_NE(gap, std::string::npos) << line;
    expected[line.substr(0, gap)] = line.substr(gap + 1);
  }
  std::map<std::string, std::string> said;
  for (const std::string folder : {"bad", "bad_text"}) {
    for (const auto& path : files_in(folder)) said[folder + "/" + path.filename().string()] = verdict_on(text_of(path));
  }
  EXPECT_EQ(said, expected);
}

TEST(PipelineFile, a_parsed_pipeline_has_every_part_and_its_place) {
  const Result<Pipeline> parsed = parse_pipeline(text_of(corpus / "good/video.json"));
  ASSERT_TRUE(parsed) << parsed.error().what();
  const Pipeline& pipeline = *parsed;
  EXPECT_EQ(pipeline.name(), "video");
  ASSERT_EQ(pipeline.inputs().size(), 1U);
  EXPECT_EQ(pipeline.inputs()[0].name, "video");
  EXPECT_EQ(pipeline.inputs()[0].type, "video/mp4");
  EXPECT_EQ(pipeline.inputs()[0].place, (SourcePlace{1, 52}));
  ASSERT_EQ(pipeline.outputs().size(), 2U);
  EXPECT_EQ(pipeline.outputs()[1].name, "report");
  EXPECT_EQ(pipeline.outputs()[1].place, (SourcePlace{1, 106}));
  ASSERT_EQ(pipeline.pipes().size(), 3U);
  const PipeSpec& sheet = pipeline.pipes()[1];
  EXPECT_EQ(sheet.name(), "sheet");
  EXPECT_EQ(sheet.place(), (SourcePlace{4, 21}));
  ASSERT_EQ(sheet.reads().size(), 1U);
  EXPECT_EQ(sheet.reads()[0].feed, Feed::url);
  EXPECT_EQ(sheet.reads()[0].place, (SourcePlace{4, 40}));
  ASSERT_EQ(sheet.writes().size(), 1U);
  EXPECT_EQ(sheet.writes()[0].yield, Yield::path);
  EXPECT_EQ(sheet.writes()[0].type, "image/png");
  ASSERT_EQ(sheet.command().size(), 8U);
  EXPECT_EQ(sheet.command()[7].text, "{sheet}");
  EXPECT_EQ(sheet.command()[7].place, (SourcePlace{5, 110}));
  EXPECT_EQ(sheet.command_place(), (SourcePlace{5, 24}));
}

TEST(PipelineFile, columns_count_characters_not_bytes) {
  EXPECT_EQ(verdict_on("{\"\u00e4\u00f6\": 1, \"\u20ac\": 2, \"coffer_pipeline\": 1}"),
            "line 1, column 1: the document: the member 'name' is missing");
  EXPECT_EQ(verdict_on("{\"coffer_pipeline\": 1, \"name\": \"p\", \"pipes\": [{\"name\": \"a\", \"command\": "
                       "[\"\u20ac\u20ac\", 5]}]}"),
            "line 1, column 79: pipes[0].command[1]: must be a string, is a number");
}

TEST(PipelineFile, a_file_of_more_than_a_mebibyte_is_refused) {
  const std::string text =
      R"({"coffer_pipeline": 1, "name": "p", "pipes": [{"name": "a", "writes": {"b": {"from": "stdout"}},
          "command": ["true", ")" +
      std::string(1U << 20U, 'x') + R"("]}]})";
  const PipelineOpener open = [](const std::string&, const std::string&) -> Result<PipelineSource> {
    return Error(ErrorKind::not_found, "no file");
  };
  const Result<Pipeline> pipeline = parse_pipeline(PipelineSource{"p.json", text}, PipeRoutines(), open);
  ASSERT_FALSE(pipeline);
  EXPECT_EQ(pipeline.error().kind(), ErrorKind::too_large);
  EXPECT_TRUE(parse_pipeline(text)) << "as a whole, with what lies in other files, it may be larger";
}

TEST(PipelineFile, a_text_of_more_than_sixteen_mebibytes_is_refused) {
  const Result<Pipeline> pipeline = parse_pipeline(std::string((16U << 20U) + 1, ' '));
  ASSERT_FALSE(pipeline);
  EXPECT_EQ(pipeline.error().kind(), ErrorKind::too_large);
}

TEST(PipelineFile, a_coroutine_cannot_be_printed) {
  const Pipeline pipeline = Pipeline("p").pipe(PipeSpec("a").writes("b").run([](PipeIo&) -> Task<> { co_return; }));
  const Result<std::string> printed = pipeline_to_json(pipeline);
  ASSERT_FALSE(printed);
  EXPECT_EQ(printed.error().kind(), ErrorKind::unsupported);
  EXPECT_THAT(printed.error().message(), testing::HasSubstr("'a'"));
  EXPECT_FALSE(same_document(pipeline, pipeline));
}

TEST(Pipeline, a_name_is_a_letter_or_underscore_then_letters_digits_underscores_and_hyphens) {
  for (const char* good : {"a", "_", "a-1", "Video_2"}) EXPECT_TRUE(is_pipeline_name(good)) << good;
  for (const char* bad : {"", "1a", "-a", "a b", "a=b", "a.b", "\u00e4", "a\n"})
    EXPECT_FALSE(is_pipeline_name(bad)) << bad;
  EXPECT_TRUE(is_pipeline_name(std::string(64, 'a')));
  EXPECT_FALSE(is_pipeline_name(std::string(65, 'a')));
}

TEST(Pipeline, a_media_type_cannot_smuggle_a_header) {
  for (const char* good :
       {"video/mp4", "text/plain;charset=utf-8", "text/plain; charset=\"utf-8\"", "application/vnd.a+json"}) {
    EXPECT_TRUE(is_media_type(good)) << good;
  }
  for (const char* bad :
       {"", "video", "/mp4", "video/", "video/mp4;", "a b/c", "video/mp4\r\nX: 1", "video/mp4;a\nb", "a/b/c"}) {
    EXPECT_FALSE(is_media_type(bad)) << bad;
  }
}

}  // namespace
}  // namespace coffer
