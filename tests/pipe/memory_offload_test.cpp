#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <coffer/base/checksum.hpp>
#include <coffer/pipe/content_reference.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipe/memory_scanner.hpp"
#include "pipe/memory_scene.hpp"

namespace coffer {
namespace {

using test::MemoryScene;
using test::MemoryStore;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

/// A working memory with one stuff that has this content.
std::string memory_of(const std::string& content) {
  return R"({"root": {"note": {"stuff_code": "8Dves", "concept": "native.Text", "content": )" + content +
         R"(}}, "aliases": {"main_stuff": "note"}, "absences": {}})";
}

std::string text_content(const std::string& inside) { return R"({"text": ")" + inside + R"("})"; }

/// What stands in the place of the only string that was moved.
ContentReference reference_in(const std::string& light) {
  const std::size_t mark = light.find("#coffer");
  EXPECT_NE(mark, std::string::npos) << light;
  const std::size_t begin = light.rfind('"', mark) + 1;
  return ContentReference::parse(light.substr(begin, light.find('"', mark) - begin)).value().value();
}

const std::string long_text(2000, 'x');
const std::string long_words = [] {
  std::string text;
  while (text.size() < 3000) text += "so many words, ";
  return text;
}();
/// A PNG's first bytes, again and again.
const std::string base64 = [] {
  std::string text;
  while (text.size() < 2000) text += "iVBORw0KGgoA";
  return text;
}();

Error failure(MemoryScene& scene, const std::string& memory, OffloadOptions options = {}) {
  try {
    scene.offload(memory, std::move(options));
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "it was moved";
  return {};
}

Error inline_failure(MemoryScene& scene, const std::string& light, InlineOptions options = {}) {
  try {
    scene.bring_back(light, std::move(options));
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "it was brought back";
  return {};
}

struct Where {
  test::LoopKind loop;
  MemoryStore store;
};

class MemoryOffload : public testing::TestWithParam<Where> {
 protected:
  MemoryScene scene{GetParam().loop, GetParam().store};
};

TEST_P(MemoryOffload, inline_restores_what_offload_moved_byte_for_byte) {
  const std::vector<std::string> contents = {
      text_content(long_words),
      text_content("caf\\u00e9 " + long_words + "\\ud83d\\ude00\\n"),
      text_content("caf\u00e9 " + long_words + "\U0001F600\\n"),
      text_content("a/b \\/ " + long_words),
      text_content("\\ud83d alone " + long_words),
      text_content("\\u00E9 in capitals " + long_words),
      text_content(long_text),
      text_content("data:image/png;base64," + base64),
      text_content("data:image/png;base64," + base64 + "Zg=="),
      text_content("data:;base64," + base64),
      text_content("data:image/svg+xml;charset=utf-8;base64," + base64),
      text_content("data:image/png;base64," + base64 + "Zg="),
      text_content("data:image/png;base64," + base64 + "Zh=="),
      text_content("data:image\\/png;base64," + base64),
      text_content("data:text/plain," + long_text),
      text_content(base64),
      text_content("https://example.org/" + long_text),
      R"([{"url": "data:image/png;base64,)" + base64 + R"("}, ")" + long_words + R"(", 12.50, null, NaN])",
      "\"" + long_words + "\"",
      "1180591620717411303424",
      R"({"__class__": ")" + long_text + R"(", "b": {"text": ")" + long_words + R"("}})",
      "{\"\\u0074ext\" :\t[ \"" + long_words + "\" ,\r\n{}\t]}",
  };
  for (const std::string& content : contents) {
    const std::string memory = memory_of(content);
    const std::string light = scene.offload(memory);
    EXPECT_EQ(scene.bring_back(light), memory);
    EXPECT_EQ(scene.offloaded.moved, scene.inlined.fetched);
    EXPECT_EQ(scene.offloaded.memory.size, light.size());
  }
}

TEST_P(MemoryOffload, every_string_of_a_content_can_be_moved) {
  const std::string memory = memory_of(R"({"text": "x", "tags": ["", "caf\u00e9"], "__class__": "Text", "n": 1})");
  const std::string light = scene.offload(memory, OffloadOptions().inline_below(0));
  EXPECT_EQ(scene.offloaded.moved, 3U);
  EXPECT_THAT(light, AllOf(Not(HasSubstr("caf")), HasSubstr(R"("__class__": "Text", "n": 1)")));
  EXPECT_EQ(scene.bring_back(light), memory);
}

TEST_P(MemoryOffload, a_document_of_many_strings_comes_back) {
  std::string content = "[";
  for (int i = 0; i < 300; ++i) {
    content += (i == 0 ? "" : ", ") + ("{\"url\": \"data:image/png;base64," + base64.substr(0, 1200 + 4 * i)) + "\"}";
  }
  const std::string memory = memory_of(content + "]");
  const std::string light = scene.offload(memory);
  EXPECT_EQ(scene.offloaded.moved, 300U);
  EXPECT_THAT(scene.keys(), SizeIs(300));
  EXPECT_EQ(scene.bring_back(light), memory);
}

TEST_P(MemoryOffload, what_can_be_read_once_goes_through_scratch) {
  const std::string memory = memory_of(text_content(long_words));
  const std::string light = scene.offload(std::make_unique<test::OnceSource>(memory));
  EXPECT_EQ(scene.bring_back(std::make_unique<test::OnceSource>(light)), memory);
}

TEST_P(MemoryOffload, a_store_that_fails_keeps_nothing_of_it) {
  const std::string memory =
      memory_of("[\"" + long_words + "\", \"" + long_words + "\", \"" + long_words + "\", \"" + long_words + "\"]");
  for (const char* verb : {"create", "write", "commit"}) {
    for (const std::size_t nth : {1U, 2U, 4U}) {
      scene.faults->fail(verb, nth, Error(ErrorKind::no_space, "the disk is full"));
      const Error error = failure(scene, memory);
      EXPECT_EQ(error.kind(), ErrorKind::no_space) << verb << " " << nth << ": " << error.what();
      EXPECT_THAT(scene.keys(), IsEmpty()) << verb << " " << nth;
    }
  }
  scene.refuses = true;
  EXPECT_EQ(failure(scene, memory).message(), "this sink is full");
  EXPECT_THAT(scene.keys(), IsEmpty()) << "though all of it was moved, nothing refers to it";
}

std::string name_of(const testing::TestParamInfo<Where>& info) {
  return to_string(info.param.loop) + (info.param.store == MemoryStore::local ? "_local" : "_memory");
}

INSTANTIATE_TEST_SUITE_P(Everywhere, MemoryOffload,
                         testing::Values(Where{test::LoopKind::own_thread, MemoryStore::memory},
                                         Where{test::LoopKind::own_thread, MemoryStore::local},
                                         Where{test::LoopKind::two_own_threads, MemoryStore::local},
                                         Where{test::LoopKind::attached_to_three_threads, MemoryStore::memory},
                                         Where{test::LoopKind::attached_to_three_threads, MemoryStore::local}),
                         name_of);

TEST(MemoryOffloadForms, an_object_is_the_data_itself_with_its_type) {
  struct Case {
    std::string content;
    ContentForm form;
    std::string content_type;
    std::string bytes;
  };
  std::string png;
  for (std::size_t i = 0; i < base64.size(); i += 12) png += std::string("\x89PNG\r\n\x1A\n\0", 9);
  const std::vector<Case> cases = {
      {R"({"url": "data:image/png;base64,)" + base64 + "\"}", ContentForm::data_url, "image/png", png},
      {R"({"bytes": ")" + base64 + "\"}", ContentForm::base64, "application/octet-stream", png},
      {text_content("caf\\u00e9\\n" + long_words), ContentForm::text, "text/plain; charset=utf-8",
       "caf\u00e9\n" + long_words},
      {text_content("caf\u00e9\\n" + long_words), ContentForm::utf8_text, "text/plain; charset=utf-8",
       "caf\u00e9\n" + long_words},
      {R"({"inner_html": "<p>)" + long_words + R"("})", ContentForm::text, "text/html; charset=utf-8",
       "<p>" + long_words},
      {text_content("\\/" + long_words), ContentForm::value, "application/json", "\"\\/" + long_words + "\""},
      {text_content("data:image/png;base64," + base64 + "Zg="), ContentForm::text, "text/plain; charset=utf-8",
       "data:image/png;base64," + base64 + "Zg="},
  };
  for (const Case& expected : cases) {
    MemoryScene scene;
    const ContentReference reference = reference_in(scene.offload(memory_of(expected.content)));
    EXPECT_EQ(reference.form, expected.form) << expected.content;
    EXPECT_EQ(reference.size, expected.bytes.size());
    EXPECT_EQ(scene.load(reference.uri), expected.bytes);
    const ObjectInfo info = scene.head(reference.uri);
    EXPECT_EQ(info.content_type, expected.content_type);
    EXPECT_EQ(info.crc32c, reference.crc32c);
    EXPECT_TRUE(reference.uri.is_below(scene.offloaded.folder));
  }
}

TEST(MemoryOffloadForms, only_contents_are_moved) {
  const std::string memory = R"({"root": {")" + long_text + R"(": {"concept": {"description": ")" + long_words +
                             R"("}, "extra": ")" + long_words + R"("}}, "aliases": {"a": ")" + long_words +
                             R"("}, "other": {"x": {"content": ")" + long_words + R"("}}})";
  MemoryScene scene;
  EXPECT_EQ(scene.offload(memory), memory);
  EXPECT_THAT(scene.keys(), IsEmpty());
}

TEST(MemoryOffloadForms, short_strings_and_uris_stay) {
  MemoryScene scene;
  for (const std::string& inside :
       {std::string(1023, 'a'), "s3://bucket/" + long_text, "pipelex-storage://" + long_text}) {
    EXPECT_EQ(scene.offload(memory_of(text_content(inside))), memory_of(text_content(inside)));
  }
  EXPECT_NE(scene.offload(memory_of(text_content(std::string(1024, 'a')))), memory_of(text_content("")));
  EXPECT_EQ(scene.offloaded.moved, 1U);
  scene.offload(memory_of(text_content("see https://example.org/ " + long_text)));
  EXPECT_EQ(scene.offloaded.moved, 1U) << "a text that only mentions one";
}

TEST(MemoryOffloadForms, references_stay_and_what_only_looks_like_one_comes_back) {
  MemoryScene scene;
  const std::string memory = memory_of(text_content(long_words));
  const std::string light = scene.offload(memory);
  EXPECT_EQ(scene.offload(light, OffloadOptions().inline_below(0)), light);
  EXPECT_EQ(scene.offloaded.moved, 0U);

  for (const char* false_one :
       {"mem://x/y#coffer&as=nothing", "file:///etc/passwd#coffer&as=text&type=&size=1&crc32c=00000000",
        "mem://default/private/x#coffer&as=text&type=&size=1&crc32c=00000000"}) {
    const std::string document = memory_of(text_content(false_one));
    const std::string moved = scene.offload(document);
    EXPECT_NE(moved, document);
    EXPECT_EQ(scene.bring_back(moved), document);
  }
}

TEST(MemoryOffloadForms, references_that_other_programs_wrote_again_are_known) {
  MemoryScene scene;
  const std::string memory = memory_of(text_content(long_words));
  std::string light = scene.offload(memory);
  const std::string reference = reference_in(light).text();
  std::string escaped;
  for (const char c : reference) escaped += c == '&' ? "\\u0026" : c == '/' ? "\\/" : std::string(1, c);
  light.replace(light.find(reference), reference.size(), escaped);
  EXPECT_EQ(scene.bring_back(light), memory);
  EXPECT_EQ(scene.offload(light, OffloadOptions().inline_below(0)), light);
}

TEST(MemoryOffloadForms, a_store_whose_references_would_be_too_long_is_refused) {
  std::string folders;
  for (int i = 0; i < 4; ++i) {
    folders += '/';
    for (int letter = 0; letter < 120; ++letter) folders += "\u00e9";  // Six characters each in a URI.
  }
  MemoryScene scene(test::LoopKind::own_thread, MemoryStore::local, true, folders);
  const Error error = failure(scene, memory_of(text_content(long_words)));
  EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  EXPECT_THAT(error.message(), HasSubstr("too long a name"));
}

TEST(MemoryOffloadForms, names_are_what_they_are_however_the_document_is_cut) {
  // Long names that end as those that have a meaning, long strings of other letters, and what stands around them.
  const std::string letters = [] {
    std::string text;
    while (text.size() < 3000) text += "\u4e16\u8bed\\u6587\U0001F600\\ud83d\\ude00x";
    return text;
  }();
  const std::string document = "{\"" + letters + "root\": {}, \"root\": {\"" + letters + "\": {\"extra\": \"" +
                               letters + "\", \"" + letters + "content\": \"" + long_words + "\", \"content\": {\"__" +
                               letters + "__\": \"" + letters + "\", \"__class__\": \"" + letters + "\"}}}}";
  ASSERT_TRUE(JsonDocument::parse(document));
  const auto movable = [&](std::size_t size) {
    MemoryScanner scanner;
    std::string text;
    std::string strings;
    for (std::size_t at = 0; at < document.size(); at += size) {
      const std::vector<char> piece(
          document.begin() + static_cast<std::ptrdiff_t>(at),
          document.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, document.size())));
      scanner.feed({piece.data(), piece.size()});
      while (const auto part = scanner.next()) {
        text += part->text;
        if (part->kind == MemoryPart::Kind::string) strings += part->text;
      }
    }
    scanner.end();
    EXPECT_EQ(text, document) << "in pieces of " << size;
    return strings;
  };
  EXPECT_EQ(movable(document.size()), letters) << "the one in the content whose name is no tag, being too long for one";
  for (std::size_t size = 1; size < 40; ++size) EXPECT_EQ(movable(size), letters) << "in pieces of " << size;
  for (const std::size_t size : {1000U, 1023U, 1024U, 1025U, 4096U}) EXPECT_EQ(movable(size), letters);
}

TEST(MemoryOffloadForms, a_document_that_changes_while_it_is_read_is_told_and_nothing_is_kept) {
  const std::string memory = memory_of(text_content("data:image/png;base64," + base64));
  for (const auto& [from, to] : {std::pair<std::string, std::string>("data:", "hello"),
                                 {base64.substr(0, 4), "-_ *"},
                                 {"note", "n\"te"},
                                 {"}}}", "}}"}}) {
    std::string later = memory;
    later.replace(later.find(from), from.size(), to);
    MemoryScene scene;
    try {
      scene.offload(std::make_unique<test::ChangingSource>(memory, later));
      ADD_FAILURE() << "it was moved";
    } catch (const Error& error) {
      EXPECT_THAT(error.message(), testing::AnyOf(HasSubstr("changed while it was read"), StartsWith("line "))) << from;
    }
    EXPECT_THAT(scene.keys(), IsEmpty());
  }
}

TEST(MemoryOffloadForms, where_the_light_document_may_be_there_the_data_stays) {
  MemoryScene scene;
  scene.refuses = true;
  scene.refusal = ErrorKind::outcome_unknown;
  const Error error = failure(scene, memory_of(text_content(long_words)));
  EXPECT_EQ(error.kind(), ErrorKind::outcome_unknown);
  EXPECT_THAT(error.message(), HasSubstr("keeps the data"));
  EXPECT_THAT(scene.keys(), SizeIs(1));
}

TEST(MemoryOffloadForms, what_is_no_working_memory_is_told_before_anything_is_stored) {
  MemoryScene scene;
  const std::string memory = memory_of(text_content(long_words));
  EXPECT_THAT(failure(scene, memory + "x").message(), StartsWith("line 1, column "));
  EXPECT_THAT(failure(scene, memory.substr(0, memory.size() - 1)).message(), EndsWith("the document ends too soon"));
  EXPECT_THAT(failure(scene, "[1]").message(), HasSubstr("no member root"));
  EXPECT_THAT(failure(scene, R"({"root": []})").message(), HasSubstr("no member root"));
  EXPECT_THAT(failure(scene, "").message(), HasSubstr("empty"));
  EXPECT_THAT(failure(scene, std::string(100'000, '[')).message(), HasSubstr("in each other"));
  EXPECT_EQ(scene.faults->calls("create"), 0U);
}

TEST(MemoryOffloadForms, without_scratch_what_can_be_read_once_is_refused) {
  MemoryScene scene(test::LoopKind::own_thread, MemoryStore::memory, false);
  try {
    scene.offload(std::make_unique<test::OnceSource>(memory_of("1")));
    FAIL() << "it was moved";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_THAT(error.message(), HasSubstr("Scratch"));
  }
}

TEST(MemoryInline, an_object_that_is_gone_or_another_one_is_told_before_anything_is_written) {
  MemoryScene scene(test::LoopKind::own_thread, MemoryStore::local);
  const std::string light = scene.offload(memory_of("[\"" + long_words + "\",\n \"" + long_words + "!\"]"));
  const std::size_t second = light.find("file:", light.find('\n'));
  const Uri uri(light.substr(second, light.find('#', second) - second));

  const std::string shorter = long_words.substr(1);
  scene.run(scene.storage().co_store_at(uri, shorter));
  Error error = inline_failure(scene, light);
  EXPECT_EQ(error.kind(), ErrorKind::corrupt);
  EXPECT_THAT(error.message(), HasSubstr("bytes instead of"));
  EXPECT_EQ(error.uri(), uri.text());

  const std::string same_size = long_words + "?";
  scene.run(scene.storage().co_store_at(uri, same_size));
  error = inline_failure(scene, light);
  EXPECT_EQ(error.kind(), ErrorKind::corrupt);
  EXPECT_THAT(error.message(), HasSubstr("CRC-32C"));

  scene.run(scene.storage().co_remove(uri));
  error = inline_failure(scene, light);
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_THAT(error.message(), StartsWith("line 2, column 2: " + uri.text() + ": the data that stood here is gone"));
  EXPECT_EQ(scene.faults->calls("open"), 0U);
}

TEST(MemoryInline, a_read_that_fails_leaves_nothing_behind) {
  MemoryScene scene;
  const std::string light = scene.offload(memory_of("[\"" + long_words + "\", \"" + long_words + "\"]"));
  for (const char* verb : {"open", "read"}) {
    scene.faults->fail(verb, 2, Error(ErrorKind::io, "the disk is broken"));
    EXPECT_EQ(inline_failure(scene, light).kind(), ErrorKind::io) << verb;
  }
  scene.refuses = true;
  EXPECT_EQ(inline_failure(scene, light).message(), "this sink is full");
}

/// A document that names an object which offload did not write.
std::string light_with(const std::string& uri, const std::string& bytes) {
  ContentReference reference;
  reference.uri = Uri(uri);
  reference.form = ContentForm::text;
  reference.size = bytes.size();
  reference.crc32c = crc32c(std::as_bytes(std::span(bytes)));
  return memory_of(text_content(reference.text()));
}

TEST(MemoryInline, fetches_only_what_offload_could_have_written_or_what_somebody_allowed) {
  MemoryScene scene;
  const std::string secret = "a secret of the same store";
  const Uri uri = scene.storage().uri_of("private/secret.txt");
  scene.run(scene.storage().co_store_at(uri, secret));
  const std::string light = light_with(uri.raw(), secret);
  Error error = inline_failure(scene, light);
  EXPECT_EQ(error.kind(), ErrorKind::permission_denied);
  EXPECT_THAT(error.message(), AllOf(StartsWith("line 1, column "), HasSubstr(uri.text())));
  EXPECT_EQ(scene.faults->calls("head"), 0U) << "whether it is there is not told either";

  for (const char* key : {"offloaded/secret.txt", "offloaded/a/b.txt", "offloaded/../private/secret.txt",
                          "offloadedx/0123456789abcdefghijklmnopqr/0123456789abcdefghijklmnopqr.txt",
                          "offloaded/0123456789abcdefghijklmnopqr/0123456789abcdefghijklmnopqr.t/t"}) {
    error = inline_failure(scene, light_with(scene.storage().uri_of("x").raw() + "/../" + key, secret));
    EXPECT_EQ(error.kind(), ErrorKind::permission_denied) << key;
  }
  const Uri folder = scene.storage().uri_of("private");
  EXPECT_EQ(scene.bring_back(light, InlineOptions().from(folder)), memory_of(text_content(secret)));
}

TEST(MemoryInline, a_document_that_changes_while_it_is_read_is_told_and_fetches_nothing_that_it_may_not) {
  MemoryScene scene;
  const std::string secret = "a secret of the same store";
  const Uri uri = scene.storage().uri_of("private/secret.txt");
  scene.run(scene.storage().co_store_at(uri, secret));
  const std::string light = memory_of(text_content("short"));
  try {
    scene.bring_back(std::make_unique<test::ChangingSource>(light, light_with(uri.raw(), secret)));
    ADD_FAILURE() << "it was fetched";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::corrupt);
    EXPECT_THAT(error.message(), HasSubstr("changed while it was read"));
  }
  EXPECT_EQ(scene.faults->calls("open"), 0U);
}

TEST(MemoryInline, a_reference_that_was_changed_is_told_with_its_place) {
  MemoryScene scene;
  std::string light = scene.offload(memory_of(text_content(long_words)));
  light.insert(light.find("&size=") + 6, "0");
  const Error error = inline_failure(scene, light);
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error.message(), AllOf(StartsWith("line 1, column "), HasSubstr("it was changed")));
}

TEST(MemoryInline, an_object_of_another_form_cannot_break_the_document) {
  MemoryScene scene;
  const std::string light = scene.offload(memory_of(text_content("not JSON, " + long_words)));
  std::string other = light;
  other.replace(other.find("as=text"), 7, "as=value");
  const Error error = inline_failure(scene, other);
  EXPECT_EQ(error.kind(), ErrorKind::corrupt);
  EXPECT_THAT(error.message(), HasSubstr("stored as a JSON value"));
}

}  // namespace
}  // namespace coffer
