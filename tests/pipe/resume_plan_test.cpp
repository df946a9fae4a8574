#include "pipe/resume_plan.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipe/list_format.hpp"
#include "pipe/sample_journal.hpp"

namespace coffer {
namespace {

using test::at_second;
using test::run_object;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// text -> (first) -> loud -> (second) -> louder; text is stored by the run, as from a file.
class ResumePlanning : public testing::Test {
 protected:
  ResumePlanning() {
    pipeline.input("text").output("louder");
    pipeline.pipe(
        PipeSpec("first").reads("text", Feed::standard_input).writes("loud", Yield::standard_output).command({"tr"}));
    pipeline.pipe(PipeSpec("second")
                      .reads("loud", Feed::standard_input)
                      .writes("louder", Yield::standard_output)
                      .command({"tr"}));
    plan = RunPlan::make(pipeline).value();
    history.run = "x";
    history.begun.emplace();
    history.begun->inputs = {{"text", true, "file:///home/a.txt", "1-2-3"}};
    history.stored["text"] = InputStored{at_second(1), run_object("text")};
    finish("first", "text", "loud");
    finish("second", "loud", "louder");
    facts.identities = {identity(), identity()};
    for (const char* name : {"text", "loud", "louder"}) {
      facts.etags[run_object(name).stored.uri.text()] = run_object(name).stored.etag;
    }
  }

  static PipeIdentity identity() { return {"/usr/bin/tr", "1:2:3", "{}"}; }

  void finish(const std::string& pipe, const std::string& input, const std::string& output) {
    PipeFinished& finished = history.finished[pipe];
    finished.pipe = pipe;
    finished.identity = identity();
    const Stored read = run_object(input).stored;
    finished.inputs = {{input, read.uri.text(), read.etag}};
    finished.outputs = {run_object(output)};
  }

  std::vector<std::string> again() const {
    std::vector<std::string> lines;
    for (const PipeAgain& one : plan_resume(plan, pipeline, history, facts).again) {
      lines.push_back(one.name + ": " + one.why);
    }
    return lines;
  }
  std::set<std::size_t> finished() const { return plan_resume(plan, pipeline, history, facts).finished; }

  Pipeline pipeline{"test"};
  RunPlan plan;
  RunHistory history;
  ResumeFacts facts;
};

TEST_F(ResumePlanning, what_is_as_it_was_is_not_done_again) {
  EXPECT_THAT(again(), IsEmpty());
  EXPECT_THAT(finished(), ElementsAre(0, 1));
  EXPECT_THAT(plan_resume(plan, pipeline, history, facts).objects, SizeIs(3));
}

TEST_F(ResumePlanning, a_new_run_does_everything) {
  history = RunHistory();
  EXPECT_THAT(finished(), IsEmpty());
  EXPECT_THAT(again(), IsEmpty());
}

TEST_F(ResumePlanning, what_had_not_finished_is_run_without_a_word) {
  history.finished.erase("second");
  EXPECT_THAT(finished(), ElementsAre(0));
  EXPECT_THAT(again(), IsEmpty());
}

TEST_F(ResumePlanning, a_program_that_has_changed_is_run_again_and_so_is_what_reads_what_it_writes) {
  facts.identities[0].file = "1:2:4";
  EXPECT_THAT(finished(), IsEmpty());
  EXPECT_THAT(again(),
              ElementsAre("first: its program /usr/bin/tr has changed", "second: its input 'loud' is another one now"));
}

TEST_F(ResumePlanning, so_are_other_arguments_and_another_program) {
  facts.identities[1].spec = "{\"command\": []}";
  EXPECT_THAT(again(), ElementsAre("second: its arguments, or what it reads or writes, have changed"));
  facts.identities[1] = {"/opt/tr", "1:2:3", "{}"};
  EXPECT_THAT(again(), ElementsAre("second: its program is /opt/tr now and was /usr/bin/tr"));
  facts.identities[1] = {"", "", "{}"};
  EXPECT_THAT(again(), ElementsAre("second: its program is not found now and was /usr/bin/tr"));
}

TEST_F(ResumePlanning, an_output_that_is_gone_or_was_replaced_is_made_again) {
  facts.etags.erase(run_object("louder").stored.uri.text());
  EXPECT_THAT(again(), ElementsAre("second: its output 'louder' is not in the store any more"));
  facts.etags[run_object("louder").stored.uri.text()] = "another";
  EXPECT_THAT(again(), ElementsAre("second: its output 'louder' was replaced by somebody else"));
  EXPECT_THAT(finished(), ElementsAre(0));
}

TEST_F(ResumePlanning, contents_that_stay_in_memory_are_in_the_journal_and_not_in_the_store) {
  RunObject& loud = history.finished["first"].outputs[0];
  loud.stored.uri = Uri();
  loud.stored.etag = "attempt-loud";
  loud.content = "LOUD";
  history.finished["second"].inputs = {{"loud", "", "attempt-loud"}};
  EXPECT_THAT(finished(), ElementsAre(0, 1));
  EXPECT_EQ(plan_resume(plan, pipeline, history, facts).find(plan.position("loud"))->content, "LOUD");
  loud.stored.etag = "another attempt-loud";
  EXPECT_THAT(again(), ElementsAre("second: its input 'loud' is another one now"));
}

TEST_F(ResumePlanning, an_input_that_was_stored_need_not_be_given_and_may_be_given_as_it_was) {
  facts.given["text"] = {"text", true, "file:///home/a.txt", "1-2-3"};
  EXPECT_THAT(again(), IsEmpty());
  EXPECT_THAT(finished(), ElementsAre(0, 1));
}

TEST_F(ResumePlanning, a_stream_that_is_given_cannot_be_compared_and_is_stored_again) {
  facts.given["text"] = {"text", true, "", ""};
  EXPECT_THAT(again()[0], "text: it was given anew");
  EXPECT_THAT(finished(), IsEmpty());
  history.begun->inputs = {{"text", true, "", ""}};
  EXPECT_THAT(again()[0], "text: it was given anew");
  facts.given["text"] = {"text", true, "file:///home/a.txt", "1-2-3"};
  EXPECT_THAT(again()[0], "text: it was given anew");
  facts.given.clear();
  EXPECT_THAT(again(), IsEmpty()) << "only what is given";
}

TEST_F(ResumePlanning, another_input_is_stored_again_and_all_that_follows_is_run_again) {
  facts.given["text"] = {"text", true, "file:///home/a.txt", "1-2-4"};
  EXPECT_THAT(again(), ElementsAre("text: what it comes from has changed", "first: its input 'text' is another one now",
                                   "second: its input 'loud' is another one now"));
  facts.given["text"] = {"text", true, "file:///home/b.txt", "1-2-3"};
  EXPECT_THAT(again()[0], "text: it comes from somewhere else now");
  facts.given["text"] = {"text", false, "file:///store/b", "e"};
  EXPECT_THAT(again()[0], "text: it is read where it lies now");
}

TEST_F(ResumePlanning, an_input_that_was_a_list_is_not_taken_for_one_object) {
  history.stored["text"].object.stored.content_type = list_type;
  EXPECT_FALSE(plan_resume(plan, pipeline, history, facts).objects.contains(plan.position("text")));
  EXPECT_THAT(again(), testing::Contains("text: it is no list now"));
}

TEST_F(ResumePlanning, an_object_that_the_run_uses_is_told_by_its_etag) {
  history.stored.clear();
  history.finished["first"].inputs = {{"text", "file:///store/t", "e"}};
  facts.given["text"] = {"text", false, "file:///store/t", "e"};
  EXPECT_THAT(finished(), ElementsAre(0, 1));
  facts.given["text"].etag = "f";
  EXPECT_THAT(finished(), IsEmpty());
  // Where a store has no etags nothing can be said.
  facts.given["text"].etag = "";
  history.finished["first"].inputs[0].etag = "";
  EXPECT_THAT(finished(), IsEmpty());
}

TEST_F(ResumePlanning, an_output_that_goes_somewhere_else_now_is_made_again) {
  facts.places["louder"] = "file:///store/there";
  EXPECT_THAT(again(), ElementsAre("second: its output 'louder' goes somewhere else now"));
}

/// frames -> (fill) -> words -> (each) -> loud: fill has finished, and of each two elements of three.
class BatchPlanning : public testing::Test {
 protected:
  BatchPlanning() {
    pipeline.output("loud");
    pipeline.pipe(PipeSpec("fill").writes("words", Yield::folder).command({"sh", "{words}"}));
    pipeline.pipe(PipeSpec("each")
                      .batch("words", "word")
                      .reads("word", Feed::standard_input)
                      .writes("loud", Yield::standard_output)
                      .command({"tr"}));
    plan = RunPlan::make(pipeline).value();
    history.run = "x";
    history.begun.emplace();
    PipeFinished& fill = history.finished["fill"];
    fill.identity = program("sh");
    fill.outputs = {run_object("words")};
    for (const char* name : {"word0", "word1", "word2"}) {
      ListElement& element = elements.emplace_back();
      element.index = elements.size() - 1;
      element.stored = run_object(name).stored;
    }
    RunHistory::Batch& batch = history.batches["each"];
    batch.begun.identity = program("tr");
    for (const std::uint64_t index : {0, 2}) {
      const Stored& word = elements[index].stored;
      const RunObject made = run_object("loud" + std::to_string(index));
      batch.elements[index] = ElementFinished{"each", index, {"word", word.uri.text(), word.etag}, {made}};
      facts.etags[made.stored.uri.text()] = made.stored.etag;
    }
    facts.identities = {program("sh"), program("tr")};
    facts.etags[run_object("words").stored.uri.text()] = run_object("words").stored.etag;
    facts.lists[run_object("words").stored.uri.text()] = elements;
  }

  static PipeIdentity program(const std::string& name) { return {"/usr/bin/" + name, "1:2:3", "{}"}; }

  /// Indexes of elements of `each` that are not done again.
  std::vector<std::size_t> done() const {
    std::vector<std::size_t> all;
    const ResumePlan resume = plan_resume(plan, pipeline, history, facts);
    const auto batch = resume.elements.find(1);
    if (batch == resume.elements.end()) return all;
    for (const auto& [index, outputs] : batch->second) all.push_back(index);
    return all;
  }

  Pipeline pipeline{"test"};
  RunPlan plan;
  RunHistory history;
  ResumeFacts facts;
  std::vector<ListElement> elements;
};

TEST_F(BatchPlanning, elements_that_were_done_are_not_done_again) {
  EXPECT_THAT(done(), ElementsAre(0, 2));
  const ResumePlan resume = plan_resume(plan, pipeline, history, facts);
  EXPECT_THAT(resume.lists.at(plan.position("words")), SizeIs(3));
  EXPECT_THAT(resume.finished, ElementsAre(0));
}

TEST_F(BatchPlanning, unless_the_program_or_the_element_is_another_one_or_what_was_made_is_gone) {
  history.batches["each"].begun.identity.file = "4:5:6";
  EXPECT_THAT(done(), IsEmpty());
  history.batches["each"].begun.identity = program("tr");
  facts.lists[run_object("words").stored.uri.text()][2].stored.etag = "another";
  EXPECT_THAT(done(), ElementsAre(0));
  facts.etags.erase(run_object("loud0").stored.uri.text());
  EXPECT_THAT(done(), IsEmpty());
}

TEST_F(BatchPlanning, nor_where_the_list_has_to_be_made_again) {
  facts.etags.erase(run_object("words").stored.uri.text());
  EXPECT_THAT(done(), IsEmpty());
}

TEST_F(BatchPlanning, unless_what_was_in_it_is_there_to_be_compared) {
  facts.etags.erase(run_object("words").stored.uri.text());
  const Stored word = elements[2].stored;
  facts.etags[word.uri.text()] = word.etag;
  ASSERT_THAT(done(), ElementsAre(2));
  EXPECT_EQ(plan_resume(plan, pipeline, history, facts).elements[1][2].of->uri, word.uri);
  facts.etags[word.uri.text()] = "another";
  EXPECT_THAT(done(), IsEmpty());
}

TEST_F(BatchPlanning, a_list_that_is_given_is_known_by_all_its_elements) {
  pipeline = Pipeline("test").output("loud");
  InputSpec input;
  input.name = "words";
  input.is_list = true;
  pipeline.input(input);
  pipeline.pipe(PipeSpec("other").writes("it", Yield::standard_output).command({"sh"}));
  pipeline.pipe(PipeSpec("each")
                    .batch("words", "word")
                    .reads("word", Feed::standard_input)
                    .writes("loud", Yield::standard_output)
                    .command({"tr"}));
  plan = RunPlan::make(pipeline).value();
  facts.lists = {{"words", elements}};
  facts.given["words"] = {"words", false, "", "3-all-of-them", true};
  EXPECT_THAT(done(), ElementsAre(0, 2));
}

/// text -> shout, where kind is so -> loud; gather reads it where it is there -> all.
class ResumePlanningOfConditions : public testing::Test {
 protected:
  ResumePlanningOfConditions() {
    pipeline.input("kind").input("text").output("all");
    pipeline.pipe(PipeSpec("shout")
                      .when("kind", {"loud"})
                      .reads("text", Feed::standard_input)
                      .writes("loud", Yield::standard_output)
                      .command({"tr"}));
    pipeline.pipe(PipeSpec("gather")
                      .reads_if_there("loud", Feed::standard_input)
                      .writes("all", Yield::standard_output)
                      .command({"cat"}));
    pipeline.pipe(PipeSpec("send").reads("loud", Feed::standard_input).command({"cat"}));
    plan = RunPlan::make(pipeline).value();
    history.run = "x";
    history.begun.emplace();
    facts.identities = {{"/bin/tr", "1", "s"}, {"/bin/cat", "2", "g"}, {"/bin/cat", "2", "d"}};
    facts.given["kind"] = {"kind", false, "file:///kind", "k1"};
    facts.given["text"] = {"text", false, "file:///text", "t1"};
    for (const char* name : {"loud", "all"})
      facts.etags[run_object(name).stored.uri.text()] = run_object(name).stored.etag;
    skip();
  }

  /// As it was with another kind.
  void skip() {
    history.skipped["shout"] =
        PipeSkipped{at_second(1), "shout", "s", "kind is 'x'", UsedInput{"kind", "file:///kind", "k1"}, ""};
    history.skipped["send"] = PipeSkipped{at_second(1), "send", "d", "loud is absent", std::nullopt, "loud"};
    finish("gather", 1, {}, "all");
  }
  void finish(const std::string& pipe, std::size_t at, std::vector<UsedInput> inputs, const std::string& output) {
    PipeFinished& finished = history.finished[pipe];
    finished.pipe = pipe;
    finished.identity = facts.identities[at];
    finished.inputs = std::move(inputs);
    finished.outputs = {run_object(output)};
  }
  ResumePlan resume() const { return plan_resume(plan, pipeline, history, facts); }

  Pipeline pipeline{"test"};
  RunPlan plan;
  RunHistory history;
  ResumeFacts facts;
};

TEST_F(ResumePlanningOfConditions, what_was_skipped_stays_so_with_all_that_follows) {
  EXPECT_THAT(resume().skipped,
              testing::UnorderedElementsAre(testing::Pair(0U, "kind is 'x'"), testing::Pair(2U, "loud is absent")));
  EXPECT_THAT(resume().finished, ElementsAre(1U));
  EXPECT_THAT(resume().again, IsEmpty());
}

TEST_F(ResumePlanningOfConditions, where_what_decided_it_is_another_one_it_is_decided_again) {
  facts.given["kind"].etag = "k2";
  EXPECT_THAT(resume().skipped, IsEmpty());
  EXPECT_THAT(resume().finished, IsEmpty()) << "loud may come now";
  facts.given["kind"].etag = "k1";
  facts.identities[0].spec = "another condition";
  EXPECT_THAT(resume().skipped, IsEmpty());
}

TEST_F(ResumePlanningOfConditions, what_had_run_is_decided_again_where_its_condition_looks_at_another_one) {
  history.skipped.clear();
  const Stored loud = run_object("loud").stored;
  finish("shout", 0, {{"text", "file:///text", "t1"}, {"kind", "file:///kind", "k1"}}, "loud");
  finish("gather", 1, {{"loud", loud.uri.text(), loud.etag}}, "all");
  EXPECT_THAT(resume().finished, ElementsAre(0U, 1U));
  facts.given["kind"].etag = "k2";
  EXPECT_THAT(resume().finished, IsEmpty());
  ASSERT_FALSE(resume().again.empty());
  EXPECT_EQ(resume().again[0].why, "'kind', which a condition looks at, is another one now");
}

}  // namespace
}  // namespace coffer
