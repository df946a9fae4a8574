#include <string>

#include <coffer/pipe/content_reference.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipe/fetch_rules.hpp"

namespace coffer {
namespace {

ContentReference sample() {
  ContentReference reference;
  reference.uri = Uri("file:///data/store/offloaded/a/b%20c.png");
  reference.form = ContentForm::data_url;
  reference.type = "image/svg+xml;charset=utf-8&a=b#c";
  reference.size = 70'123;
  reference.crc32c = 0x0a1b2c3d;
  return reference;
}

TEST(ContentReference, is_a_uri_with_what_is_known_behind_it) {
  EXPECT_EQ(sample().text(),
            "file:///data/store/offloaded/a/b%20c.png#coffer&as=data-url&"
            "type=image/svg%2Bxml%3Bcharset%3Dutf-8%26a%3Db%23c&size=70123&crc32c=0a1b2c3d");
}

TEST(ContentReference, is_read_as_it_was_written) {
  for (const ContentForm form :
       {ContentForm::value, ContentForm::text, ContentForm::utf8_text, ContentForm::base64, ContentForm::data_url}) {
    for (const char* type : {"", "image/png", "image/svg+xml;a=b%2B+"}) {
      ContentReference reference = sample();
      reference.form = form;
      reference.type = type;
      EXPECT_EQ(ContentReference::parse(reference.text()).value(), reference) << reference.text();
    }
  }
  ContentReference largest = sample();
  largest.size = ~std::uint64_t{0};
  largest.crc32c = ~std::uint32_t{0};
  EXPECT_EQ(ContentReference::parse(largest.text()).value(), largest);
}

TEST(ContentReference, other_texts_are_none) {
  for (const char* text : {"", "hello", "file:///a/b.png", "file:///a#b", "#coffer", "https://example.org/#coffer&x"}) {
    EXPECT_EQ(ContentReference::parse(text).value(), std::nullopt) << text;
  }
}

TEST(ContentReference, a_type_that_would_break_out_of_its_string_is_refused) {
  for (const char* type : {"x\",\"evil\":\"", "a\nb", "\xFF", "a\\", "a,b", "a b", "a;base64,"}) {
    ContentReference reference = sample();
    reference.type = type;
    EXPECT_FALSE(ContentReference::parse(reference.text())) << type;
    reference.form = ContentForm::base64;
    EXPECT_EQ(ContentReference::parse(reference.text()).value(), reference) << "where it is written nowhere";
  }
}

TEST(ContentReference, one_that_was_changed_is_refused) {
  const std::string good = sample().text();
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  for (const std::string& text :
       {with("file:///", "file//"), with("as=data-url", "as=else"), with("&size=70123", ""), with("70123", "070123"),
        with("70123", "-1"), with("70123", "99999999999999999999"), with("0a1b2c3d", "0A1B2C3D"),
        with("0a1b2c3d", "a1b2c3d"), good + "&size=70123", good + "#", good + " ", with("image/svg", "image/%73vg"),
        with("#coffer", "#a#coffer")}) {
    const auto reference = ContentReference::parse(text);
    ASSERT_FALSE(reference) << text;
    EXPECT_EQ(reference.error().kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(reference.error().message(), testing::HasSubstr("it was changed"));
  }
}

TEST(FetchRules, know_the_names_that_offload_gives) {
  FetchRules rules({Uri("mem://other/a")});
  const std::string name = "0123456789abcdefghijklmnop_-";
  EXPECT_FALSE(rules.may_fetch(Uri("mem://store/offloaded/" + name + "/" + name))) << "of no store yet";
  rules.allow_offloaded(Uri("mem://store"));
  for (const std::string& key : {"offloaded/" + name, "offloaded/" + name + ".json", "offloaded/" + name + "/" + name,
                                 "offloaded/" + name + "/" + name + ".png"}) {
    EXPECT_TRUE(rules.may_fetch(Uri("mem://store/" + key))) << key;
    EXPECT_FALSE(rules.may_fetch(Uri("mem://stor/" + key))) << key;
  }
  for (const std::string& key :
       {"offloaded/" + name + "/", std::string("offloaded/"), name + "/" + name,
        "offloaded/" + name + "/" + name + ".a.b", "offloaded/" + name + "/x" + name,
        "offloaded/x/" + name + "/" + name, "offloaded/" + name + "/" + name + "/", "offloaded/" + name + "/.."}) {
    EXPECT_FALSE(rules.may_fetch(Uri("mem://store/" + key))) << key;
  }
  EXPECT_TRUE(rules.may_fetch(Uri("mem://other/a/b")));
  EXPECT_TRUE(rules.may_fetch(Uri("mem://other/a")));
  EXPECT_FALSE(rules.may_fetch(Uri("mem://other/ab")));
}

}  // namespace
}  // namespace coffer
