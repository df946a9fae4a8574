#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <coffer/pipe/working_memory.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer::test {

enum class Format : std::uint8_t { png, jpeg };

struct Photo {
  Format format = Format::jpeg;
};
BOOST_DESCRIBE_STRUCT(Photo, (), (format))

}  // namespace coffer::test

COFFER_KAJSON_ENUM_TEXTS(coffer::test::Format, {coffer::test::Format::png, "image/png"},
                         {coffer::test::Format::jpeg, "image/jpeg"})

namespace coffer {
namespace {

using test::Format;
using test::Photo;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

const std::string smart =
    R"({"root": {"note": {"stuff_code": "8Dves", "stuff_name": "note", "concept": "native.Text", )"
    R"("content": {"text": "hello"}}, "count": {"stuff_code": "aiuvJ", "stuff_name": "count", )"
    R"("concept": "native.Number", "content": {"number": 12.50}}}, )"
    R"("aliases": {"main_stuff": "note", "caf\u00e9": "count"}, "absences": {"gone": {"a": 1}}})";

const std::string kajson =
    R"({"root": {"note": {"stuff_code": "8Dves", "concept": {"code": "Ticket", "domain_code": "shop", "__class__": )"
    R"("Concept", "__module__": "pipelex.core.concepts.concept"}, "content": {"title": "T1", "__class__": "Ticket", )"
    R"("__module__": "shop"}, "__class__": "Stuff", "__module__": "m"}}, "aliases": {}, "absences": {}, )"
    R"("__class__": "WorkingMemory", "__module__": "pipelex.core.memory.working_memory"})";

const std::string older = R"({ "aliases" : { } , "more" : [ 1 ] ,
 "root" : {
  "caf\u00e9" : { "concept_code" : "native.Text" , "content" : [ ] , "other" : null } ,
  "b" : { "content" : "x" }
 } } )";

WorkingMemory parsed(const std::string& text) {
  const Result<WorkingMemory> memory = WorkingMemory::parse(text);
  EXPECT_TRUE(memory) << memory.error().what();
  return *memory;
}

std::string refusal(const std::string& text) {
  const Result<WorkingMemory> memory = WorkingMemory::parse(text);
  return memory ? "" : memory.error().message();
}

Stuff stuff_of(const std::string& content) { return Stuff::make("n", "code1", "native.Text", content).value(); }

TEST(WorkingMemory, every_form_is_written_as_it_was_read) {
  for (const std::string& text : {smart, kajson, older, std::string(R"({"root":{}})"), std::string(R"({"root":{ }} )"),
                                  std::string(R"({"root": 1, "root": {"a": {"content": 1}, "a": {"content": 2}}})")}) {
    EXPECT_EQ(parsed(text).text(), text);
  }
  EXPECT_EQ(WorkingMemory().text(), R"({"root": {}, "aliases": {}, "absences": {}})");
}

TEST(WorkingMemory, stuffs_are_found_by_their_names_and_aliases) {
  const WorkingMemory memory = parsed(smart);
  EXPECT_EQ(memory.size(), 2U);
  EXPECT_THAT(memory.names(), ElementsAre("note", "count"));
  EXPECT_THAT(memory.aliases(), ElementsAre(Pair("main_stuff", "note"), Pair("caf\u00e9", "count")));
  EXPECT_THAT(memory.absences(), ElementsAre("gone"));
  EXPECT_EQ(memory.find("note")->content(), R"({"text": "hello"})");
  EXPECT_EQ(memory.find("caf\u00e9")->content(), R"({"number": 12.50})");
  EXPECT_EQ(memory.main_stuff()->concept_name(), "native.Text");
  EXPECT_EQ(memory.main_stuff()->code(), "8Dves");
  EXPECT_FALSE(memory.find("gone"));
  EXPECT_EQ(parsed(older).find("caf\u00e9")->concept_name(), "native.Text");
  EXPECT_EQ(parsed(older).find("b")->concept_name(), "");
  EXPECT_EQ(parsed(kajson).find("note")->concept_name(), "shop.Ticket");
}

TEST(WorkingMemory, of_a_name_that_is_there_twice_the_last_counts) {
  WorkingMemory memory = parsed(R"({"root": {"a": {"content": 1}, "b": {"content": 2}, "\u0061": {"content": 3}}})");
  EXPECT_EQ(memory.size(), 2U);
  EXPECT_THAT(memory.names(), ElementsAre("b", "a"));
  EXPECT_EQ(memory.find("a")->content(), "3");
  EXPECT_TRUE(memory.remove("a"));
  EXPECT_EQ(memory.text(), R"({"root": {"b": {"content": 2}}})");
}

TEST(WorkingMemory, a_stuff_takes_its_place_or_stands_behind_the_others) {
  WorkingMemory memory;
  memory.put("a", stuff_of("1"));
  memory.put("b", stuff_of("2"));
  memory.put("a", stuff_of(R"(["x"])"));
  memory.set_alias("main_stuff", "b");
  EXPECT_EQ(memory.text(),
            R"({"root": {"a": {"stuff_code": "code1", "stuff_name": "n", "concept": "native.Text", "content": ["x"]}, )"
            R"("b": {"stuff_code": "code1", "stuff_name": "n", "concept": "native.Text", "content": 2}}, )"
            R"("aliases": {"main_stuff": "b"}, "absences": {}})");
  EXPECT_EQ(parsed(memory.text()).main_stuff()->content(), "2");

  memory = parsed(older);
  memory.put("c", stuff_of("1"));
  EXPECT_THAT(memory.text(), HasSubstr("\"x\" },\n  \"c\": {\"stuff_code\""));
  EXPECT_EQ(parsed(memory.text()).size(), 3U);
}

TEST(WorkingMemory, names_may_be_any_text) {
  WorkingMemory memory;
  for (const std::string name : {"", "\"", "\\", "caf\u00e9", "a\nb", "__class__"}) {
    memory.put(name, stuff_of("\"" + std::to_string(memory.size()) + "\""));
    memory.set_alias(name + "!", name);
  }
  const WorkingMemory again = parsed(memory.text());
  EXPECT_EQ(again.names(), memory.names());
  EXPECT_EQ(again.find("caf\u00e9!")->content(), "\"3\"");
  EXPECT_EQ(again.find("")->content(), "\"0\"");
}

TEST(WorkingMemory, names_that_are_no_text_are_refused_and_halves_of_pairs_are_found_again) {
  WorkingMemory memory;
  EXPECT_THROW(memory.put("caf\xE9", Stuff()), Error);
  EXPECT_THROW(memory.set_alias("a", "\xFF"), Error);
  EXPECT_FALSE(memory.find("caf\xE9"));
  EXPECT_FALSE(memory.remove("caf\xE9"));
  for (const std::string name : {"\xED\xA0\xBD", "\xED\xA0\xBD\xED\xB8\x80"}) {
    memory.put(name, stuff_of("1"));
    memory.put(name, stuff_of("2"));
    EXPECT_EQ(memory.find(name)->content(), "2");
  }
  EXPECT_EQ(memory.size(), 2U);
  EXPECT_EQ(memory.find("\U0001F600")->content(), "2") << "two halves are one character once they are written";
  EXPECT_EQ(parsed(memory.text()).names(), memory.names());
}

TEST(WorkingMemory, what_can_be_put_can_be_read_again) {
  const auto lists = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  WorkingMemory memory;
  memory.put("deep", Stuff::make("n", "c", "native.Text", lists(997)).value());
  EXPECT_EQ(parsed(memory.text()).find("deep")->code(), "c");
  EXPECT_FALSE(Stuff::make("n", "c", "native.Text", lists(998)));
}

TEST(WorkingMemory, aliases_that_are_no_names_stay) {
  WorkingMemory memory = parsed(R"({"root": {}, "aliases": {"main_stuff": null, "x": {"k": 1}}})");
  memory.set_alias("a", "b");
  EXPECT_EQ(memory.text(), R"({"root": {}, "aliases": {"main_stuff": null, "x": {"k": 1}, "a": "b"}})");
}

TEST(WorkingMemory, what_is_removed_leaves_the_others_as_they_are) {
  WorkingMemory memory = parsed(smart);
  EXPECT_FALSE(memory.remove("nobody"));
  EXPECT_TRUE(memory.remove("note"));
  EXPECT_TRUE(memory.remove_alias("main_stuff"));
  EXPECT_FALSE(memory.remove_alias("main_stuff"));
  EXPECT_FALSE(memory.main_stuff());
  EXPECT_EQ(memory.text(), R"({"root": {"count": {"stuff_code": "aiuvJ", "stuff_name": "count", "concept": )"
                           R"("native.Number", "content": {"number": 12.50}}}, "aliases": {"caf\u00e9": "count"}, )"
                           R"("absences": {"gone": {"a": 1}}})");
  EXPECT_TRUE(memory.remove("count"));
  memory.put("new", stuff_of("1"));
  EXPECT_THAT(parsed(memory.text()).names(), ElementsAre("new"));
}

TEST(WorkingMemory, after_any_changes_it_is_as_if_it_had_been_read_anew_between_them) {
  const std::string twice = R"({"root": { "a": {"content": 1},
 "b": {"content": 2}, "\u0061": {"content": 3} , "c": {"content": 4} }})";
  std::mt19937 random(20261126);
  for (const std::string& begin : {smart, older, twice, std::string(R"({"root": {}})")}) {
    WorkingMemory changed = parsed(begin);
    for (int step = 0; step < 200; ++step) {
      WorkingMemory anew = parsed(changed.text());
      const std::vector<std::string> names = changed.names();
      if (names.empty() || random() % 2 == 0) {
        const std::string name = "n" + std::to_string(random() % 8);
        changed.put(name, stuff_of("5"));
        anew.put(name, stuff_of("5"));
      } else {
        const std::string& name = names[random() % names.size()];
        EXPECT_TRUE(changed.remove(name));
        EXPECT_TRUE(anew.remove(name));
        EXPECT_FALSE(changed.find(name));
      }
      ASSERT_EQ(changed.text(), anew.text());
      ASSERT_EQ(changed.names(), anew.names());
      ASSERT_EQ(WorkingMemory(changed).text(), anew.text());
    }
  }
}

// If each looked at all the others, it would not end.
TEST(WorkingMemory, many_stuffs_are_removed_one_by_one) {
  constexpr int stuffs = 60'000;
  WorkingMemory memory;
  for (int i = 0; i < stuffs; ++i) memory.put(std::to_string(i), stuff_of("1"));
  for (int i = 0; i < stuffs; ++i) ASSERT_TRUE(memory.remove(std::to_string(i)));
  EXPECT_EQ(memory.text(), WorkingMemory().text());
}

TEST(WorkingMemory, a_memory_without_aliases_gets_them) {
  WorkingMemory memory = parsed(R"({"root": {"a": {"content": 1}}})");
  EXPECT_THAT(memory.aliases(), IsEmpty());
  memory.set_alias("main_stuff", "a");
  EXPECT_EQ(memory.text(), R"({"root": {"a": {"content": 1}}, "aliases": {"main_stuff": "a"}})");
}

TEST(WorkingMemory, copies_do_not_see_each_others_changes) {
  WorkingMemory memory = parsed(smart);
  const WorkingMemory before = memory;
  memory.put("note", stuff_of("1"));
  memory.remove("count");
  EXPECT_EQ(before.text(), smart);
  EXPECT_EQ(memory.size(), 1U);
  EXPECT_EQ(memory.find("note")->content(), "1");
}

TEST(WorkingMemory, what_is_none_is_refused_with_its_place) {
  EXPECT_THAT(refusal("{"), HasSubstr("line 1, column 2: "));
  EXPECT_THAT(refusal("[]"), HasSubstr("no member root"));
  EXPECT_THAT(refusal("{}"), HasSubstr("no member root"));
  EXPECT_THAT(refusal("{\"root\":\n []}"), HasSubstr("line 2, column 2: an object with the stuffs"));
  EXPECT_THAT(refusal("{\"root\": {\"a\":\n 1}}"), HasSubstr("line 2, column 2: a stuff, an object, must"));
  EXPECT_THAT(refusal("{\"root\": {\"a\": {}}}"), HasSubstr("column 16: this stuff has no member content"));
  EXPECT_THAT(refusal(R"({"root": {}, "aliases": []})"), HasSubstr("column 25: an object must stand here, not a list"));
}

TEST(Stuff, keeps_all_but_its_content) {
  const std::string text = R"({ "stuff_code":"8D", "content" : {"text": "x"} , "more": [1] })";
  const Stuff stuff = Stuff::parse(text).value();
  EXPECT_EQ(stuff.text(), text);
  EXPECT_EQ(stuff.code(), "8D");
  EXPECT_EQ(stuff.with_content("[1, 2]")->text(), R"({ "stuff_code":"8D", "content" : [1, 2] , "more": [1] })");
  EXPECT_EQ(stuff.with_content("[1, 2]")->with_content(R"({"text": "x"})").value(), stuff);
  EXPECT_FALSE(stuff.with_content("1, \"more\": 2"));
  EXPECT_FALSE(Stuff::make("a", "b", "c", "1}"));
  EXPECT_FALSE(Stuff::make("\xFF", "b", "c", "1"));
  EXPECT_FALSE(Stuff::parse("{}"));
  EXPECT_FALSE(Stuff::parse("[1]"));
  EXPECT_EQ(Stuff().content(), "null");
  EXPECT_EQ(Stuff::parse(Stuff().text()).value().content(), "null");
}

TEST(Stuff, knows_whether_its_content_lies_somewhere_else) {
  ContentReference reference;
  reference.uri = Uri("mem://store/a/b.json");
  reference.size = 12;
  const Stuff stuff = Stuff::make("a", "b", "c", R"({"text": "x"})").value();
  EXPECT_EQ(stuff.reference(), std::nullopt);
  const Stuff light = stuff.with_reference(reference);
  EXPECT_EQ(light.reference(), reference);
  EXPECT_THAT(light.content_as<std::string>().error().message(), HasSubstr("mem://store/a/b.json: co_load_stuff"));
  EXPECT_EQ(Stuff::parse(light.text()).value().reference(), reference);
  EXPECT_EQ(stuff.with_content("\"mem://store/a#b\"")->reference(), std::nullopt);
  EXPECT_EQ(stuff.with_content(" \"" + reference.text() + "\"\n")->reference(), reference);
}

TEST(Stuff, carries_what_kajson_has) {
  const std::vector<std::string> words = {"so", "many"};
  const Stuff stuff = Stuff::of("words", "code1", "shop.Words", words).value();
  EXPECT_EQ(stuff.content(), R"(["so", "many"])");
  EXPECT_EQ(stuff.content_as<std::vector<std::string>>().value(), words);
  EXPECT_FALSE(stuff.content_as<int>());
}

TEST(Stuff, carries_enums_as_pipelex_writes_them) {
  const Stuff stuff = Stuff::make("a", "b", "shop.Photo", R"({"format": "image/png"})").value();
  const Photo photo = stuff.content_as<Photo>().value();
  EXPECT_EQ(photo.format, Format::png);
  EXPECT_EQ(Stuff::of("a", "b", "shop.Photo", photo).value(), stuff);
}

}  // namespace
}  // namespace coffer
