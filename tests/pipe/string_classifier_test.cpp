#include "pipe/string_classifier.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "pipe/content_codec.hpp"

namespace coffer {
namespace {

/// Decided in pieces of this size, which the caller chose so that none cuts a character or an escape.
std::optional<ContentForm> form_of(std::string_view inside, std::uint64_t inline_below = 0,
                                   std::size_t piece = std::string_view::npos) {
  FetchRules rules({Uri("mem://store/offloaded")});
  StringClassifier classifier(inline_below, rules);
  for (std::size_t at = 0; at < inside.size(); at += std::min(piece, inside.size())) {
    classifier.add(inside.substr(at, piece));
  }
  return classifier.form();
}

const std::string digits = [] {
  std::string text;
  while (text.size() < 400) text += "iVBORw0KGgoA";
  return text;
}();

TEST(StringClassifier, knows_data_urls_by_their_head_and_their_data) {
  for (const std::string& head : {std::string("data:image/png;base64,"), std::string("data:;base64,"),
                                  "data:" + std::string(256, 'a') + ";base64,"}) {
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 300U, 1000U}) {
      EXPECT_EQ(form_of(head + digits, 0, piece), ContentForm::data_url) << head << " in pieces of " << piece;
      EXPECT_EQ(form_of(head + digits + "Zg==", 0, piece), ContentForm::data_url) << head;
      EXPECT_EQ(form_of(head + digits + "Zg=", 0, piece), ContentForm::text) << head;
      EXPECT_EQ(form_of(head + digits + " ", 0, piece), ContentForm::text) << head;
    }
    EXPECT_EQ(form_of(head), ContentForm::data_url) << head;
  }
  for (const std::string& other :
       {"data:image/png;base64" + digits, "data:image/png," + digits, "DATA:image/png;base64," + digits,
        "data:image/png;BASE64," + digits, "data:a b;base64," + digits, "xdata:image/png;base64," + digits,
        "data:" + std::string(257, 'a') + ";base64," + digits, std::string("data:"), std::string("data")}) {
    EXPECT_EQ(form_of(other), ContentForm::text) << other;
  }
}

TEST(StringClassifier, takes_for_base64_what_is_long_enough) {
  EXPECT_EQ(form_of(digits.substr(0, 64)), ContentForm::base64);
  EXPECT_EQ(form_of(digits.substr(0, 60)), ContentForm::text);
  EXPECT_EQ(form_of(digits + "A", 0, 10), ContentForm::text);
  EXPECT_EQ(form_of(digits + "-_AA", 0, 10), ContentForm::text);
}

TEST(StringClassifier, leaves_uris_and_short_strings) {
  EXPECT_EQ(form_of("https://example.org/" + digits), std::nullopt);
  EXPECT_EQ(form_of("s3+x-1.y://b"), std::nullopt);
  EXPECT_EQ(form_of("://b"), ContentForm::text);
  EXPECT_EQ(form_of("1a://b"), ContentForm::text);
  EXPECT_EQ(form_of("a_b://b"), ContentForm::text);
  EXPECT_EQ(form_of("https://example.org/ " + digits), ContentForm::text);
  EXPECT_EQ(form_of("12345", 6), std::nullopt);
  EXPECT_EQ(form_of("123456", 6), ContentForm::text);
  EXPECT_EQ(form_of(""), ContentForm::text);
}

TEST(StringClassifier, leaves_references_that_may_be_fetched_and_moves_what_only_looks_like_one) {
  ContentReference reference;
  reference.uri = Uri("file:///etc/passwd");
  EXPECT_EQ(form_of(reference.text()), ContentForm::text);
  reference.uri = Uri("mem://store/offloaded/b");
  EXPECT_EQ(form_of(reference.text()), std::nullopt);
  std::string escaped = reference.text();
  for (std::size_t at = escaped.find('&'); at != std::string::npos; at = escaped.find('&')) {
    escaped.replace(at, 1, "\\u0026");
  }
  EXPECT_EQ(form_of(escaped), std::nullopt) << "as another program may write it";
  EXPECT_EQ(form_of(reference.text() + "0", 1'000'000), ContentForm::text);
  reference.type = std::string(longest_reference, 'a');
  EXPECT_EQ(form_of(reference.text() + " "), ContentForm::text) << "none is so long";
}

TEST(ContentCodec, writes_what_it_read_in_pieces_of_every_size) {
  const std::string text = "caf\u00e9 \U0001F600 \x7F";
  struct Case {
    ContentForm form;
    std::string inside;
    std::string type;
  };
  for (const Case& example : {Case{ContentForm::data_url, "data:image/png;base64," + digits + "Zg==", "image/png"},
                              Case{ContentForm::base64, digits + "Zm8=", ""},
                              Case{ContentForm::text, "caf\\u00e9 \\ud83d\\ude00 \\u007f\\n\\\"", ""},
                              Case{ContentForm::utf8_text, text + "\\n\\\"", ""}, Case{ContentForm::value, "a\\/b", ""},
                              Case{ContentForm::value, "", ""}, Case{ContentForm::text, "", ""}}) {
    const bool any_cut = example.form == ContentForm::data_url || example.form == ContentForm::base64;
    for (const std::size_t piece :
         any_cut ? std::vector<std::size_t>{1, 3, 5, 64, 1000} : std::vector<std::size_t>{1000}) {
      ContentDecoder decoder(example.form);
      std::string bytes;
      for (std::size_t at = 0; at < example.inside.size(); at += piece) {
        decoder.decode(std::string_view(example.inside).substr(at, piece), bytes);
      }
      decoder.finish(bytes);
      EXPECT_EQ(decoder.type(), example.type);
      ContentReference reference;
      reference.form = example.form;
      reference.type = example.type;
      for (std::size_t part = 1; part <= std::max<std::size_t>(bytes.size(), 1); ++part) {
        ContentEncoder encoder(reference);
        std::string written;
        encoder.begin(written);
        for (std::size_t at = 0; at < bytes.size(); at += part) {
          encoder.encode(std::string_view(bytes).substr(at, part), written);
        }
        encoder.finish(written);
        EXPECT_EQ(written, '"' + example.inside + '"') << "bytes in pieces of " << part;
      }
    }
  }
}

TEST(ContentCodec, refuses_objects_that_are_not_what_they_were_stored_as) {
  ContentReference reference;
  for (const auto& [form, bytes] : {std::pair(ContentForm::text, "\xFF"), std::pair(ContentForm::utf8_text, "a\xC3"),
                                    std::pair(ContentForm::text, "\xED\xA0\x80"), std::pair(ContentForm::value, "[1"),
                                    std::pair(ContentForm::value, "1 2"), std::pair(ContentForm::value, "")}) {
    reference.form = form;
    ContentEncoder encoder(reference);
    std::string written;
    try {
      encoder.encode(bytes, written);
      encoder.finish(written);
      ADD_FAILURE() << bytes << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::corrupt) << bytes;
    }
  }
}

}  // namespace
}  // namespace coffer
