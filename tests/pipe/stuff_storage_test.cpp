#include <string>
#include <utility>
#include <vector>

#include <coffer/pipe/stuff_storage.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipe/memory_scene.hpp"

namespace coffer {
namespace {

using test::MemoryScene;
using test::MemoryStore;
using testing::IsEmpty;
using testing::SizeIs;

/// One of every kind that Pipelex has, and some that it does not.
const std::vector<std::pair<std::string, std::string>> contents = {
    {"native.Text", R"({"text": "caf\u00e9 and \u20ac"})"},
    {"native.Number", R"({"number": 1180591620717411303424})"},
    {"native.Image", R"({"url": "data:image/png;base64,iVBORw0KGgo=", "width": null})"},
    {"native.Document", R"({"url": "pipelex-storage://run/a.pdf", "title": "T"})"},
    {"native.Html", R"({"inner_html": "<p>x</p>", "css_class": null})"},
    {"native.Date", R"({"date": "2026-11-22", "time": null})"},
    {"native.Text", R"([{"text": "a", "__pipelex_class__": "TextContent"}, {"text": "b"}])"},
    {"native.Page", R"({"text_and_images": {"text": {"text": "x"}, "images": []}, "page_view": {"url": "x"}})"},
    {"shop.Ticket", R"({"title": "T1", "amount": 12.50, "tags": ["a"], "__class__": "Ticket", "__module__": "shop"})"},
    {"unknown.Thing", R"({ "any" : [ 1 , NaN, -0.0 ] })"},
    {"unknown.Lone", "\"a string\""},
    {"unknown.Null", "null"},
    {"unknown.Like", R"("s3://elsewhere/k#coffer&as=text&type=text/plain&size=3&crc32c=00000001")"},
};

WorkingMemory memory_of_every_kind() {
  WorkingMemory memory;
  for (const auto& [concept_name, content] : contents) {
    const std::string name = "stuff_" + std::to_string(memory.size());
    memory.put(name, Stuff::make(name, "code1", concept_name, content).value());
  }
  memory.set_alias("main_stuff", "stuff_0");
  return memory;
}

class StuffStorage : public testing::TestWithParam<MemoryStore> {
 protected:
  MemoryScene scene{test::LoopKind::own_thread, GetParam()};
};
INSTANTIATE_TEST_SUITE_P(, StuffStorage, testing::Values(MemoryStore::memory, MemoryStore::local),
                         [](const testing::TestParamInfo<MemoryStore>& info) {
                           return info.param == MemoryStore::memory ? "memory" : "local";
                         });

TEST_P(StuffStorage, every_kind_of_content_goes_into_the_store_and_comes_back) {
  const WorkingMemory memory = memory_of_every_kind();
  const WorkingMemory light = scene.run(co_store_stuffs(scene.storage(), memory, 0));
  EXPECT_THAT(scene.keys(), SizeIs(contents.size()));
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const std::string name = "stuff_" + std::to_string(i);
    const ContentReference reference = light.find(name)->reference().value();
    EXPECT_EQ(scene.load(reference.uri), contents[i].second);
    EXPECT_EQ(reference.size, contents[i].second.size());
    EXPECT_EQ(reference.type, "application/json");
    EXPECT_EQ(light.find(name)->concept_name(), contents[i].first);
  }
  EXPECT_EQ(scene.run(co_load_stuffs(scene.storage(), light)).text(), memory.text());
  EXPECT_EQ(scene.bring_back(light.text()), memory.text()) << "as the program does it";
  EXPECT_EQ(scene.run(co_store_stuffs(scene.storage(), light, 0)).text(), light.text()) << "what is there stays";
}

TEST_P(StuffStorage, short_contents_stay) {
  const Stuff stuff = Stuff::make("a", "b", "c", R"({"text": "12345678"})").value();
  const std::uint64_t size = stuff.content().size();
  EXPECT_EQ(scene.run(co_store_stuff(scene.storage(), stuff, size + 1)), stuff);
  EXPECT_THAT(scene.keys(), IsEmpty());
  EXPECT_TRUE(scene.run(co_store_stuff(scene.storage(), stuff, size)).reference());
}

TEST_P(StuffStorage, where_one_fails_the_others_are_removed_again) {
  scene.faults->fail("commit", 3, Error(ErrorKind::no_space, "the disk is full"));
  try {
    scene.run(co_store_stuffs(scene.storage(), memory_of_every_kind(), 0));
    FAIL() << "it was stored";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::no_space);
  }
  EXPECT_THAT(scene.keys(), IsEmpty());
}

TEST_P(StuffStorage, what_a_stuff_names_is_not_trusted) {
  const Uri uri = scene.storage().uri_of("private/secret.json");
  const Stored stored = scene.run(scene.storage().co_store_at(uri, std::string("\"secret\"")));
  ContentReference reference;
  reference.uri = uri;
  reference.size = stored.size;
  reference.crc32c = stored.crc32c;
  const Stuff stuff = Stuff::make("a", "b", "c", "null").value().with_reference(reference);
  try {
    scene.run(co_load_stuff(scene.storage(), stuff));
    FAIL() << "it was fetched";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::permission_denied);
    EXPECT_EQ(error.uri(), uri.text());
  }
  InlineOptions allowed;
  allowed.from(scene.storage().uri_of("private"));
  EXPECT_EQ(scene.run(co_load_stuff(scene.storage(), stuff, allowed)).content(), "\"secret\"");
}

}  // namespace
}  // namespace coffer
