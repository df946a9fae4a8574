#include "pipe/command_template.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string filled(const std::string& argument) {
  const Result<CommandTemplate> parsed = CommandTemplate::parse(argument);
  if (!parsed) return parsed.error().message();
  return parsed->fill([](const std::string& name) { return "<" + name + ">"; });
}

TEST(CommandTemplate, names_in_braces_are_replaced_and_the_rest_stays) {
  EXPECT_EQ(filled(""), "");
  EXPECT_EQ(filled("-i"), "-i");
  EXPECT_EQ(filled("{video}"), "<video>");
  EXPECT_EQ(filled("--out={sheet}.png"), "--out=<sheet>.png");
  EXPECT_EQ(filled("{a}{b}"), "<a><b>");
}

TEST(CommandTemplate, two_opening_braces_are_one_and_a_closing_brace_is_itself) {
  EXPECT_EQ(filled("{{"), "{");
  EXPECT_EQ(filled("{{{{"), "{{");
  EXPECT_EQ(filled("}"), "}");
  EXPECT_EQ(filled("}}"), "}}");
  EXPECT_EQ(filled("{{print $1}"), "{print $1}");
  EXPECT_EQ(filled("{{video}"), "{video}");
  EXPECT_EQ(filled("{{{video}"), "{<video>");
}

TEST(CommandTemplate, what_is_replaced_is_not_read_again) {
  const Result<CommandTemplate> parsed = CommandTemplate::parse("{a}");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->fill([](const std::string&) { return std::string("{b}{{"); }), "{b}{{");
}

TEST(CommandTemplate, a_brace_that_is_no_name_is_refused_with_its_place) {
  EXPECT_EQ(filled("abc{"), "'{' without '}' at character 4; '{{' stands for a brace");
  EXPECT_EQ(filled("{}"), "'{}' is not a name in braces at character 1; '{{' stands for a brace");
  EXPECT_THAT(filled("{print $1}"), HasSubstr("'{print $1}' is not a name"));
  EXPECT_THAT(filled("{{{"), HasSubstr("at character 3"));
}

TEST(CommandTemplate, names_are_told_once_for_each_time) {
  EXPECT_THAT(CommandTemplate::parse("{a}-{b}-{a}")->names(), ElementsAre("a", "b", "a"));
  EXPECT_THAT(CommandTemplate::parse("{{a}")->names(), IsEmpty());
}

TEST(ShellText, is_the_argument_behind_the_option_c_of_a_shell) {
  const std::vector<std::pair<std::vector<std::string>, std::size_t>> table = {
      {{"sh", "-c", "cat"}, 2},
      {{"/bin/bash", "-c", "cat", "x"}, 2},
      {{"bash", "-eu", "-c", "cat"}, 3},
      {{"dash", "-euc", "cat"}, 2},
      {{"bash", "--norc", "-c", "cat"}, 3},
      {{"bash", "-o", "pipefail", "-c", "cat"}, 4},
      {{"bash", "-euo", "pipefail", "-c", "cat"}, 4},
      {{"bash", "-euoc", "pipefail", "cat"}, 3},
      {{"bash", "+e", "-c", "cat"}, 3},
      {{"bash", "+O", "extglob", "-c", "cat"}, 4},
      {{"bash", "--rcfile", "x", "-c", "cat"}, 4},
      {{"sh", "-c", "-e", "cat"}, 3},
      {{"sh", "-c", "--", "cat"}, 3},
      {{"bash", "-euo", "pipefail", "script.sh", "-c", "x"}, 0},
      {{"bash", "--", "-c", "x"}, 0},
      {{"bash", "script.sh", "-c", "x"}, 0},
      {{"sh"}, 0},
      {{"sh", "-c"}, 0},
      {{"python3", "-c", "print(1)"}, 0},
      {{"grep", "-c", "x"}, 0},
      {{}, 0},
  };
  for (const auto& [command, index] : table)
    EXPECT_EQ(shell_text_index(command), index) << testing::PrintToString(command);
}

}  // namespace
}  // namespace coffer
