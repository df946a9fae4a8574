#include "pipe/reuse_plan.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipe/sample_journal.hpp"

namespace coffer {
namespace {

using test::at_second;
using test::run_object;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;

PipeSpec filter(const std::string& name, const std::string& reads, const std::string& writes) {
  return PipeSpec(name).reads(reads, Feed::standard_input).writes(writes, Yield::standard_output).command({"tr"});
}

PipeIdentity tr(const std::string& arguments = "{}") { return {"/usr/bin/tr", "1:2:3", arguments}; }

ContentName name_of(const std::string& object) {
  return {run_object(object).stored.uri.text(), run_object(object).stored.etag};
}

PipeFinished finished(const std::string& pipe, const std::string& input, const std::string& output) {
  PipeFinished record;
  record.pipe = pipe;
  record.identity = tr();
  record.inputs = {{input, name_of(input).uri, name_of(input).etag}};
  record.outputs = {run_object(output)};
  return record;
}

/// text -> (first) -> loud -> (second) -> louder, as an earlier run has done it of a file that it stored.
class ReusePlanning : public testing::Test {
 protected:
  ReusePlanning() {
    pipeline.input("text").output("louder");
    pipeline.pipe(filter("first", "text", "loud")).pipe(filter("second", "loud", "louder"));
    plan = RunPlan::make(pipeline).value();
    earlier->run = "x";
    earlier->begun.emplace();
    earlier->finished["first"] = finished("first", "text", "loud");
    earlier->finished["second"] = finished("second", "loud", "louder");
    facts.earlier = {earlier};
    facts.identities = {tr(), tr()};
    given["text"] = {"text", false, name_of("text").uri, name_of("text").etag, false};
    for (const char* name : {"text", "loud", "louder"}) is_there(run_object(name).stored);
  }

  void is_there(const Stored& stored) {
    ObjectInfo info;
    info.uri = stored.uri;
    info.etag = stored.etag;
    info.size = stored.size;
    facts.there[stored.uri.text()] = info;
  }
  void is_gone(const std::string& name) { facts.there[run_object(name).stored.uri.text()] = std::nullopt; }

  /// Another object of 12 bytes than "text", given as the input.
  void give_another() {
    Stored other = run_object("text").stored;
    other.uri = Uri("file:///home/other.txt");
    other.etag = "other";
    given["text"] = {"text", true, other.uri.text(), other.etag, false};
    is_there(other);
  }
  const ContentName another{"file:///home/other.txt", "other"};

  ReusePlan decide() const { return plan_reuse(plan, pipeline, resumed, given, facts); }
  std::vector<std::size_t> taken() const {
    std::vector<std::size_t> pipes;
    for (const auto& [pipe, of] : decide().pipes) pipes.push_back(pipe);
    return pipes;
  }

  Pipeline pipeline{"test"};
  RunPlan plan;
  std::shared_ptr<RunHistory> earlier = std::make_shared<RunHistory>();
  ResumePlan resumed;
  std::map<std::string, GivenInput> given;
  ReuseFacts facts;
};

TEST_F(ReusePlanning, the_same_again_takes_all) {
  const ReusePlan decided = decide();
  EXPECT_TRUE(decided.questions.empty());
  EXPECT_THAT(decided.pipes, SizeIs(2));
  EXPECT_EQ(decided.pipes.at(0).run->run, "x");
  EXPECT_THAT(decided.objects, SizeIs(2));
  EXPECT_THAT(decided.idle, IsEmpty()) << "the input is read where it lies";
  EXPECT_THAT(decided.why_not, IsEmpty());
}

TEST_F(ReusePlanning, what_pipes_handed_each_other_may_be_gone) {
  is_gone("loud");
  EXPECT_THAT(taken(), ElementsAre(0, 1));
  EXPECT_THAT(decide().idle, ElementsAre(plan.position("loud")));
  EXPECT_THAT(decide().objects, SizeIs(1));
}

TEST_F(ReusePlanning, unless_a_pipe_that_runs_needs_it) {
  is_gone("loud");
  facts.identities[1] = tr("{\"command\": [\"tr\", \"b\"]}");
  EXPECT_THAT(taken(), IsEmpty());
  EXPECT_THAT(decide().why_not,
              UnorderedElementsAre(Pair(0, "its output 'loud' is not in the store any more"),
                                   Pair(1, "its arguments, or what it reads or writes, have changed")));
}

TEST_F(ReusePlanning, an_output_that_is_gone_is_made_again_and_nothing_else) {
  is_gone("louder");
  EXPECT_THAT(taken(), ElementsAre(0));
  EXPECT_THAT(decide().why_not, ElementsAre(Pair(1, "its output 'louder' is not in the store any more")));
}

TEST_F(ReusePlanning, an_object_of_another_etag_or_size_is_not_whole) {
  facts.there[run_object("louder").stored.uri.text()]->etag = "another";
  EXPECT_THAT(decide().why_not, ElementsAre(Pair(1, "its output 'louder' was replaced by somebody else")));
  facts.there[run_object("louder").stored.uri.text()]->etag = run_object("louder").stored.etag;
  facts.there[run_object("louder").stored.uri.text()]->size = 11;
  EXPECT_THAT(decide().why_not, ElementsAre(Pair(1, "its output 'louder' was replaced by somebody else")));
}

TEST_F(ReusePlanning, what_nobody_has_looked_at_is_asked_for) {
  facts.there.erase(run_object("louder").stored.uri.text());
  EXPECT_THAT(decide().questions.look, ElementsAre(run_object("louder").stored.uri.text()));
}

TEST_F(ReusePlanning, another_program_or_other_arguments_are_run) {
  facts.identities[0].file = "1:2:4";
  EXPECT_THAT(taken(), IsEmpty());
  EXPECT_THAT(decide().why_not, ElementsAre(Pair(0, "its program /usr/bin/tr has changed")));
  EXPECT_THAT(decide().later, ElementsAre(1)) << "the first may make the same again";
}

TEST_F(ReusePlanning, a_pipe_that_nobody_has_run_starts_as_usual) {
  earlier->finished.erase("second");
  EXPECT_THAT(taken(), ElementsAre(0));
  EXPECT_THAT(decide().why_not, ElementsAre(Pair(1, "no earlier run has finished it")));
  EXPECT_THAT(decide().later, IsEmpty());
}

TEST_F(ReusePlanning, another_object_is_the_same_input_where_its_hash_is) {
  give_another();
  EXPECT_THAT(decide().questions.hash, UnorderedElementsAre(another, name_of("text")));
  facts.contents[another].sha256 = "aa";
  facts.contents[name_of("text")].sha256 = "aa";
  EXPECT_THAT(taken(), ElementsAre(0, 1));
  EXPECT_THAT(decide().idle, ElementsAre(plan.position("text"))) << "nobody reads it: it need not be stored";
  facts.contents[another].sha256 = "ab";
  EXPECT_THAT(taken(), IsEmpty());
  EXPECT_THAT(decide().why_not, ElementsAre(Pair(0, "its input 'text' is another one now")));
}

TEST_F(ReusePlanning, a_hash_that_was_written_down_serves_for_what_is_gone) {
  give_another();
  is_gone("text");
  EXPECT_TRUE(decide().questions.empty()) << "there is nothing to read";
  EXPECT_THAT(taken(), IsEmpty());
  facts.contents[name_of("text")] = ContentFacts{12, "aa"};
  EXPECT_THAT(decide().questions.hash, ElementsAre(another));
  facts.contents[another].sha256 = "aa";
  EXPECT_THAT(taken(), ElementsAre(0, 1));
}

TEST_F(ReusePlanning, contents_of_other_sizes_are_not_read) {
  give_another();
  facts.there[another.uri]->size = 13;
  EXPECT_TRUE(decide().questions.empty());
  EXPECT_THAT(taken(), IsEmpty());
}

TEST_F(ReusePlanning, what_could_not_be_read_is_another_one) {
  give_another();
  facts.unreadable.insert(name_of("text"));
  EXPECT_TRUE(decide().questions.empty());
  EXPECT_THAT(taken(), IsEmpty());
}

TEST_F(ReusePlanning, a_file_is_what_an_earlier_run_has_stored_of_it) {
  give_another();
  is_gone("text");
  facts.aliases[another] = {name_of("text")};
  facts.aliases[name_of("text")] = {another};
  EXPECT_THAT(taken(), ElementsAre(0, 1));
}

TEST_F(ReusePlanning, a_stream_is_decided_when_it_is_stored) {
  given["text"] = {"text", true, "", "", false};
  EXPECT_THAT(taken(), IsEmpty());
  EXPECT_THAT(decide().later, ElementsAre(0, 1));
  EXPECT_THAT(decide().why_not, IsEmpty());
}

TEST_F(ReusePlanning, of_several_runs_the_newest_that_is_whole_serves) {
  auto newer = std::make_shared<RunHistory>(*earlier);
  newer->run = "y";
  newer->finished["first"].outputs[0].stored.uri = Uri("file:///store/y/loud");
  facts.earlier = {newer, earlier};
  is_there(newer->finished["first"].outputs[0].stored);
  EXPECT_EQ(decide().pipes.at(0).run->run, "y");
  facts.there["file:///store/y/loud"] = std::nullopt;
  EXPECT_EQ(decide().pipes.at(0).run->run, "x");
}

TEST_F(ReusePlanning, the_reason_is_that_of_the_closest_run) {
  auto other = std::make_shared<RunHistory>(*earlier);
  other->finished["first"].identity.spec = "{\"command\": [\"tr\", \"c\"]}";
  facts.earlier = {other, earlier};
  earlier->finished["first"].inputs[0].etag = "older";
  is_gone("text");
  EXPECT_THAT(decide().why_not, testing::Contains(Pair(0, "its input 'text' is another one now")));
}

TEST_F(ReusePlanning, what_another_run_refuses_is_made_again) {
  facts.refused[run_object("louder").stored.uri.text()] = "'louder' cannot be had";
  EXPECT_THAT(decide().why_not, ElementsAre(Pair(1, "its output 'louder' cannot be had")));
}

TEST_F(ReusePlanning, what_was_resumed_is_left_alone) {
  resumed.finished = {0};
  RunObject own = run_object("loud");
  own.stored.uri = Uri("file:///store/z/loud");
  resumed.objects.emplace(plan.position("loud"), own);
  is_there(own.stored);
  facts.contents[{own.stored.uri.text(), own.stored.etag}].sha256 = "aa";
  facts.contents[name_of("loud")].sha256 = "aa";
  EXPECT_THAT(taken(), ElementsAre(1));
}

TEST_F(ReusePlanning, an_output_that_has_a_place_is_needed) {
  facts.places["loud"] = "file:///store/mine";
  is_gone("loud");
  EXPECT_THAT(decide().why_not, ElementsAre(Pair(0, "its output 'loud' is not in the store any more")));
  EXPECT_THAT(decide().later, ElementsAre(1));
}

TEST_F(ReusePlanning, a_pipe_in_cpp_says_what_it_depends_on) {
  const PipeSpec silent = PipeSpec("first").reads("text").writes("loud").run(PipeRoutine());
  EXPECT_FALSE(has_earlier(silent, tr(), facts));
  EXPECT_TRUE(has_earlier(PipeSpec(silent).reusable("model 1"), tr(), facts));
  ReuseQuestions questions;
  EXPECT_THAT(choose_earlier(silent, tr(), {}, facts, questions).why_not, testing::HasSubstr("PipeSpec::reusable"));
}

TEST_F(ReusePlanning, a_list_is_whole_where_all_its_elements_are) {
  RunObject& list = earlier->finished["second"].outputs[0];
  list.stored.content_type = "application/vnd.coffer.list+json";
  const std::string uri = list.stored.uri.text();
  EXPECT_THAT(decide().questions.load, ElementsAre(uri));
  ListElement element;
  element.stored = run_object("louder-1").stored;
  facts.lists[uri] = std::vector<ListElement>{element};
  EXPECT_THAT(decide().questions.look, ElementsAre(element.stored.uri.text()));
  is_there(element.stored);
  EXPECT_THAT(taken(), ElementsAre(0, 1));
  is_gone("louder-1");
  EXPECT_THAT(decide().why_not, ElementsAre(Pair(1, "its output 'louder[0]' is not in the store any more")));
  facts.lists[uri] = std::nullopt;
  EXPECT_THAT(decide().why_not, ElementsAre(Pair(1, "its output 'louder' cannot be read any more")));
}

}  // namespace
}  // namespace coffer
