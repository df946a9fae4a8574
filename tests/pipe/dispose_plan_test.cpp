#include "pipe/dispose_plan.hpp"

#include <string>
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

/// Of a run that had stored `text` and made `loud` and `louder`; `louder` is its output. `stray` was committed just
/// before a kill.
class DisposePlanning : public testing::Test {
 protected:
  DisposePlanning() {
    history.begun.emplace();
    history.begun->outputs = {"louder"};
    history.stored["text"] = InputStored{at_second(1), run_object("text")};
    history.finished["first"].outputs = {run_object("loud"), run_object("louder")};
    for (const char* name : {"text", "loud", "louder", "stray"}) {
      ObjectInfo& object = there.emplace_back();
      object.uri = run_object(name).stored.uri;
      object.etag = run_object(name).stored.etag;
      object.size = 5;
    }
  }

  std::vector<std::string> removed(Keep keep) const {
    std::vector<std::string> names;
    for (const ObjectInfo& object : plan(keep).remove) names.push_back(object.uri.path().substr(9));
    return names;
  }
  DisposePlan plan(Keep keep) const { return plan_dispose(history, keep, there, pins, elements); }

  RunHistory history;
  std::vector<ObjectInfo> there;
  std::vector<HeldPin> pins;
  std::set<std::string> elements;
};

TEST_F(DisposePlanning, what_is_to_be_kept_stays) {
  EXPECT_THAT(removed(Keep::nothing), ElementsAre("text", "loud", "louder", "stray"));
  EXPECT_THAT(removed(Keep::outputs), ElementsAre("text", "loud", "stray"));
  EXPECT_THAT(removed(Keep::everything), IsEmpty());
}

TEST_F(DisposePlanning, what_another_run_reads_stays_and_so_does_the_run) {
  EXPECT_FALSE(plan(Keep::nothing).is_pinned);
  pins = {{"other", run_object("louder").stored.uri.text()}};
  EXPECT_THAT(removed(Keep::nothing), ElementsAre("text", "loud", "stray"));
  EXPECT_TRUE(plan(Keep::nothing).is_pinned);
  ASSERT_EQ(plan(Keep::nothing).left.size(), 1U);
  EXPECT_EQ(plan(Keep::nothing).left[0].why, "the run other reads it");
}

TEST_F(DisposePlanning, what_somebody_has_replaced_is_theirs) {
  there[1].etag = "another";
  EXPECT_THAT(removed(Keep::nothing), ElementsAre("text", "louder", "stray"));
  EXPECT_FALSE(plan(Keep::nothing).is_pinned);
  EXPECT_EQ(plan(Keep::nothing).left[0].why, "somebody has replaced it since");
}

TEST_F(DisposePlanning, a_pin_on_a_prefix_is_for_all_below_it) {
  pins = {{"other", "file:///store/x/"}};
  EXPECT_THAT(removed(Keep::nothing), IsEmpty());
  EXPECT_TRUE(plan(Keep::nothing).is_pinned);
}

TEST_F(DisposePlanning, elements_stay_where_their_list_does) {
  elements = {run_object("stray").stored.uri.text()};
  EXPECT_THAT(removed(Keep::outputs), ElementsAre("text", "loud"));
  EXPECT_THAT(removed(Keep::nothing), ElementsAre("text", "loud", "louder"));
}

TEST_F(DisposePlanning, a_list_stays_that_is_kept_as_an_output_or_has_a_place_of_its_own) {
  const auto stay = [this](Keep keep) { return lists_that_stay(history, keep, "file:///store/x/"); };
  EXPECT_THAT(stay(Keep::outputs), IsEmpty()) << "no list at all";
  for (RunObject& made : history.finished["first"].outputs) made.stored.content_type = list_type;
  EXPECT_THAT(stay(Keep::outputs), ElementsAre(run_object("louder").stored.uri));
  EXPECT_THAT(stay(Keep::nothing), IsEmpty());
  const Uri place("file:///store/lists/loud");
  history.finished["first"].outputs.front().stored.uri = place;
  EXPECT_THAT(stay(Keep::nothing), ElementsAre(place));
  history.lists_given_up = {history.finished["first"].outputs.front(), run_object("stray")};
  history.finished.clear();
  EXPECT_THAT(stay(Keep::nothing), ElementsAre(place)) << "what counts no more lies there still";
}

}  // namespace
}  // namespace coffer
