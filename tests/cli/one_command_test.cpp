#include "cli/one_command.hpp"

#include <algorithm>
#include <iterator>

#include <coffer/pipe/pipeline_check.hpp>
#include <gtest/gtest.h>

namespace coffer::cli {
namespace {

CommandName name(const std::string& text, const std::string& type = "") {
  CommandName made;
  made.name = text;
  made.type = type;
  return made;
}

std::vector<std::string> arguments_of(const Pipeline& pipeline) {
  std::vector<std::string> texts;
  std::ranges::transform(pipeline.pipes().front().command(), std::back_inserter(texts), &Argument::text);
  return texts;
}

TEST(CliOneCommand, what_the_command_says_is_a_path_and_what_it_does_not_is_a_stream) {
  const Pipeline pipeline =
      pipeline_of_command({name("a"), name("b")}, {name("c"), name("d")}, {"cmd", "{a}", "x={c}"});
  const PipeSpec& pipe = pipeline.pipes().front();
  EXPECT_EQ(pipe.reads()[0].feed, Feed::path);
  EXPECT_EQ(pipe.reads()[1].feed, Feed::standard_input);
  EXPECT_EQ(pipe.writes()[0].yield, Yield::path);
  EXPECT_EQ(pipe.writes()[1].yield, Yield::standard_output);
  EXPECT_TRUE(check_pipeline(pipeline).ok());
}

TEST(CliOneCommand, braces_around_anything_else_are_the_commands_own) {
  const Pipeline pipeline =
      pipeline_of_command({name("in")}, {name("out")}, {"awk", "{print $1} {in}{{in}} { {other}", "{out", "}"});
  EXPECT_EQ(arguments_of(pipeline),
            (std::vector<std::string>{"awk", "{{print $1} {in}{{{in}} {{ {{other}", "{{out", "}"}));
  EXPECT_TRUE(check_pipeline(pipeline).ok());
}

TEST(CliOneCommand, types_come_along) {
  const Pipeline pipeline = pipeline_of_command({name("in", "image/png")}, {name("out", "audio/flac")}, {"cmd"});
  EXPECT_EQ(pipeline.inputs().front().type, "image/png");
  EXPECT_EQ(pipeline.pipes().front().writes().front().type, "audio/flac");
}

TEST(CliOneCommand, the_pipe_is_called_like_the_program) {
  EXPECT_EQ(pipeline_of_command({}, {}, {"/usr/bin/ffmpeg"}).pipes().front().name(), "ffmpeg");
  for (const char* program : {"./a b.sh", "7z", "", "/", "\xc3\xa4", "-x",
                              "a-name-that-goes-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on"}) {
    EXPECT_TRUE(is_pipeline_name(pipeline_of_command({}, {}, {program}).pipes().front().name())) << program;
  }
}

}  // namespace
}  // namespace coffer::cli
