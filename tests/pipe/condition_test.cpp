#include "pipe/condition.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using testing::HasSubstr;

ConditionSpec is(std::vector<std::string> texts, std::string member = "") {
  ConditionSpec condition;
  condition.name = "kind";
  condition.member = std::move(member);
  condition.texts = std::move(texts);
  return condition;
}

ConditionSpec is_not(std::vector<std::string> texts, std::string member = "") {
  ConditionSpec condition = is(std::move(texts), std::move(member));
  condition.is_negated = true;
  return condition;
}

TEST(Condition, looks_at_the_content_without_the_line_break_at_its_end) {
  const ConditionSpec condition = is({"a"});
  for (const char* content : {"a", "a\n", "a\r\n"}) EXPECT_EQ(conditional_text(condition, content).value(), "a");
  EXPECT_EQ(conditional_text(condition, "a\n\n").value(), "a\n");
  EXPECT_EQ(conditional_text(condition, " a").value(), " a");
  EXPECT_EQ(conditional_text(condition, "").value(), "");
}

TEST(Condition, looks_at_a_member_of_an_object_as_its_text_or_as_it_is_written) {
  const std::string content = R"({"kind": "a\nb", "size": 7.0, "is": true, "none": null, "in": {"kind": 1}})";
  EXPECT_EQ(conditional_text(is({}, "kind"), content).value(), "a\nb");
  EXPECT_EQ(conditional_text(is({}, "size"), content).value(), "7.0");
  EXPECT_EQ(conditional_text(is({}, "is"), content).value(), "true");
  EXPECT_EQ(conditional_text(is({}, "none"), content).value(), "null");
  EXPECT_THAT(conditional_text(is({}, "other"), content).error().message(),
              HasSubstr("no object with a member 'other'"));
  EXPECT_THAT(conditional_text(is({}, "kind"), "[1]").error().message(), HasSubstr("no object with a member 'kind'"));
  EXPECT_EQ(conditional_text(is({}, "kind"), "no JSON").error().kind(), ErrorKind::invalid_argument);
}

TEST(Condition, holds_where_one_of_its_texts_is_there_or_none_of_them) {
  EXPECT_TRUE(holds(is({"a", "b"}), "b"));
  EXPECT_FALSE(holds(is({"a", "b"}), "c"));
  EXPECT_FALSE(holds(is({"a"}), "A"));
  EXPECT_FALSE(holds(is_not({"a", "b"}), "b"));
  EXPECT_TRUE(holds(is_not({"a", "b"}), "c"));
}

TEST(Condition, says_what_it_wants_and_why_it_does_not_hold) {
  EXPECT_EQ(words_of(is({"a", "b"})), "kind is 'a' or 'b'");
  EXPECT_EQ(words_of(is_not({"a"}, "m")), "the member 'm' of kind is not 'a'");
  EXPECT_EQ(why_not(is({"a", "b"}), "c"), "kind is 'c' and not 'a' or 'b'");
  EXPECT_EQ(why_not(is_not({"a"}), "a"), "kind is 'a'");
  const std::string shortened = why_not(is({"a"}), std::string(59, 'x') + "\u00e4" + std::string(1000, 'x'));
  EXPECT_EQ(shortened, "kind is '" + std::string(59, 'x') + "\u2026' and not 'a'");
}

TEST(Condition, excludes_another_where_no_content_lets_both_hold) {
  EXPECT_TRUE(exclude_each_other(is({"a", "b"}), is({"c"})));
  EXPECT_FALSE(exclude_each_other(is({"a", "b"}), is({"b"})));
  EXPECT_TRUE(exclude_each_other(is({"a"}), is_not({"a", "b"})));
  EXPECT_TRUE(exclude_each_other(is_not({"a", "b"}), is({"a"})));
  EXPECT_FALSE(exclude_each_other(is({"a", "c"}), is_not({"a", "b"})));
  EXPECT_FALSE(exclude_each_other(is_not({"a"}), is_not({"b"})));
  EXPECT_FALSE(exclude_each_other(is({"a"}, "m"), is({"b"})));
  ConditionSpec other = is({"b"});
  other.name = "another";
  EXPECT_FALSE(exclude_each_other(is({"a"}), other));
}

}  // namespace
}  // namespace coffer
