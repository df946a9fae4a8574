#include "pipe/run_pins.hpp"

#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipe/disposal.hpp"
#include "pipe/run_scene.hpp"
#include "support/thrown_error.hpp"

namespace coffer {
namespace {

using test::RunScene;
using testing::IsEmpty;

Task<> co_say(PipeIo& io) { return io.co_give("out", "made by the owner"); }

/// A run with one output.
Uri make_owner(RunScene& scene, const std::string& id) {
  Pipeline pipeline = Pipeline("test").output("out");
  pipeline.pipe(PipeSpec("say").writes("out").run(co_say));
  return scene.execute(std::move(pipeline), RunInputs(), RunOptions().run_id(id)).outputs.at("out").uri;
}

/// A run that has begun and holds its id.
struct Reader {
  Reader(RunScene& scene, const std::string& id) : claim(scene.run(scene.journals().co_claim(id, true))) {
    scene.run(claim->co_begin_segment(1, "a journal", SegmentRoom::free));
  }
  std::unique_ptr<RunClaim> claim;
};

TEST(RunPins, name_the_run_by_the_object) {
  RunScene scene;
  EXPECT_EQ(owner_of(scene.storage(), scene.storage().uri_of("x/a/b")), "x");
  EXPECT_FALSE(owner_of(scene.storage(), scene.storage().uri_of("x")));
  EXPECT_FALSE(owner_of(scene.storage(), scene.storage().uri_of("no id/a")));
  EXPECT_FALSE(owner_of(scene.storage(), Uri("file:///elsewhere/x/a")));
}

TEST(RunPins, are_for_objects_of_other_runs_alone) {
  RunScene scene;
  const Uri made = make_owner(scene, "owner");
  scene.run(co_pin_input(scene.storage(), "owner", "in", made));
  scene.run(co_pin_input(scene.storage(), "reader", "in", scene.storage().uri_of("nobody/a")));
  EXPECT_THAT(scene.run(scene.journals().co_pins("owner")), IsEmpty());
  scene.run(co_pin_input(scene.storage(), "reader", "in", made));
  ASSERT_EQ(scene.run(scene.journals().co_pins("owner")).size(), 1U);
  scene.run(scene.journals().co_unpin_all("reader", {}));
  EXPECT_THAT(scene.run(scene.journals().co_pins("owner")), IsEmpty());
}

Task<> co_read_all(PipeIo& io, std::shared_ptr<bool> fails) {
  SourcePtr source = co_await io.co_input("in");
  while (co_await source->co_read()) continue;
  if (*fails) throw Error(ErrorKind::io, "the model is away");
  co_await io.co_give("out", "made of it");
}

Pipeline reading(const std::shared_ptr<bool>& fails) {
  Pipeline pipeline = Pipeline("reading").input("in").output("out");
  return pipeline.pipe(
      PipeSpec("read").reads("in").writes("out").run([fails](PipeIo& io) { return co_read_all(io, fails); }));
}

TEST(RunPins, of_an_earlier_attempt_go_at_the_end_too) {
  RunScene scene;
  const auto fails = std::make_shared<bool>(true);
  const Uri made = make_owner(scene, "owner");
  const Uri other = make_owner(scene, "other");
  test::error_of([&] { scene.execute(reading(fails), RunInputs().use("in", made), RunOptions().run_id("reader")); });
  EXPECT_EQ(scene.run(scene.journals().co_pins("owner")).size(), 1U);
  *fails = false;
  scene.execute(reading(fails), RunInputs().use("in", other), RunOptions().run_id("reader"));
  EXPECT_THAT(scene.run(scene.journals().co_pins("owner")), IsEmpty());
  EXPECT_TRUE(scene.dispose("owner").complete);
}

TEST(RunPins, hold_an_object_whose_run_nobody_can_read) {
  RunScene scene;
  const auto fails = std::make_shared<bool>(false);
  const Uri made = make_owner(scene, "owner");
  scene.damage_journal("owner");
  const RunResult result = scene.execute(reading(fails), RunInputs().use("in", made), RunOptions().run_id("reader"));
  EXPECT_EQ(scene.load(result, "out"), "made of it");
  const Error error = test::error_of([&] { scene.dispose("owner"); });
  EXPECT_EQ(error.kind(), ErrorKind::corrupt);
  EXPECT_THAT(error.message(), testing::HasSubstr("the run owner "));
  Runs runs(scene.storage());
  EXPECT_TRUE(scene.run(runs.co_dispose("owner", DisposeOptions().keep(Keep::everything))).complete);
  EXPECT_FALSE(scene.find("owner"));
  EXPECT_TRUE(scene.run(scene.storage().co_head(made))) << "its journal alone is gone";
}

Task<> co_say_middle(PipeIo& io) { return io.co_give("in", "between two pipes"); }

/// A run that has ended well, and has an object still that it does not keep.
struct UntidyOwner {
  explicit UntidyOwner(RunScene& scene) {
    const auto fails = std::make_shared<bool>(false);
    Pipeline pipeline = Pipeline("test").output("out");
    pipeline.pipe(PipeSpec("say").writes("in").run(co_say_middle));
    pipeline.pipe(reading(fails).pipes()[0]);
    scene.io()->fail_each("remove", EIO);
    out = scene.execute(std::move(pipeline), RunInputs(), RunOptions().run_id("owner").inline_below(0))
              .outputs.at("out")
              .uri;
    scene.io()->heal();
    for (const std::string& key : scene.keys()) {
      if (scene.storage().uri_of(key) != out) middle = scene.storage().uri_of(key);
    }
  }
  Uri middle;
  Uri out;
};

TEST(RunPins, at_the_end_of_a_run_come_too_late_for_what_it_does_not_keep) {
  RunScene scene;
  const UntidyOwner owner(scene);
  const Reader reader(scene, "reader");
  std::unique_ptr<RunClaim> ending = scene.run(scene.journals().co_claim("owner", false));
  const Error error = test::error_of([&] { scene.run(co_pin_input(scene.storage(), "reader", "in", owner.middle)); });
  EXPECT_EQ(error.kind(), ErrorKind::conflict);
  EXPECT_THAT(error.message(), testing::HasSubstr("the run owner, which has it, has ended and does not keep it"));
  EXPECT_THAT(scene.run(scene.journals().co_pins("owner")), IsEmpty());
  scene.run(co_pin_input(scene.storage(), "reader", "in", owner.out));
  EXPECT_EQ(scene.run(scene.journals().co_pins("owner")).size(), 1U);
}

TEST(RunPins, keep_what_a_finished_run_does_not_until_they_are_taken_off) {
  RunScene scene;
  const UntidyOwner owner(scene);
  const Reader reader(scene, "reader");
  Runs runs(scene.storage());
  scene.run(co_pin_input(scene.storage(), "reader", "in", owner.middle));
  EXPECT_EQ(scene.run(runs.co_collect(false)).tidied, 0U);
  EXPECT_TRUE(scene.run(scene.storage().co_head(owner.middle)));
  scene.run(reader.claim->co_remove());
  EXPECT_EQ(scene.run(runs.co_collect(true)).tidied, 1U);
  EXPECT_EQ(scene.run(runs.co_collect(false)).tidied, 1U);
  EXPECT_FALSE(scene.run(scene.storage().co_head(owner.middle)));
  EXPECT_EQ(scene.run(runs.co_collect(false)).tidied, 0U);
  EXPECT_EQ(scene.find("owner")->status, RunStatus::finished);
}

TEST(RunPins, come_too_late_for_what_a_run_that_is_gone_on_with_makes_again) {
  RunScene scene;
  const auto fails = std::make_shared<bool>(true);
  Pipeline pipeline = Pipeline("test").output("out");
  pipeline.pipe(PipeSpec("say").writes("in").run(co_say_middle));
  pipeline.pipe(reading(fails).pipes()[0]);
  test::error_of([&] {
    scene.execute(std::move(pipeline), RunInputs(), RunOptions().run_id("owner").inline_below(0).overlap(false));
  });
  const Uri middle = scene.storage().uri_of(scene.keys().at(0));
  const Uri earlier = scene.storage().uri_of("owner/earlier");
  const Reader reader(scene, "reader");
  std::unique_ptr<RunClaim> resuming = scene.run(scene.journals().co_claim("owner", false));
  scene.run(co_pin_input(scene.storage(), "reader", "in", middle, true));
  scene.run(co_pin_input(scene.storage(), "reader", "named", earlier));
  const Error error =
      test::error_of([&] { scene.run(co_pin_input(scene.storage(), "reader", "taken", earlier, true)); });
  EXPECT_EQ(error.kind(), ErrorKind::conflict);
  EXPECT_EQ(scene.run(scene.journals().co_pins("owner")).size(), 2U);
}

TEST(Disposing, leaves_a_run_that_was_taken_up_since_it_was_judged) {
  RunScene scene;
  const Uri made = make_owner(scene, "owner");
  Disposal disposal(scene.storage(), "owner", Keep::nothing, [](const RunHistory& history) { return !history.begun; });
  EXPECT_EQ(test::error_of([&] { scene.run(disposal.co_begin()); }).kind(), ErrorKind::conflict);
  Runs runs(scene.storage());
  RunInfo found = scene.find("owner").value();
  found.changed -= std::chrono::seconds(1);
  EXPECT_EQ(test::error_of([&] { scene.run(runs.co_dispose("owner", DisposeOptions().as_found(found))); }).kind(),
            ErrorKind::conflict);
  EXPECT_TRUE(scene.run(scene.storage().co_head(made)));
  EXPECT_EQ(scene.find("owner")->status, RunStatus::finished);
}

TEST(Disposing, that_fails_for_one_run_goes_on_with_the_others_and_says_so) {
  RunScene scene;
  for (const char* id : {"a", "b"}) scene.run(scene.journals().co_claim(id, true)).reset();
  Runs runs(scene.storage());
  scene.io()->fail_each("remove a journal", EIO);
  const CollectReport report = scene.run(runs.co_collect(false));
  scene.io()->heal();
  ASSERT_EQ(report.failures.size(), 2U);
  EXPECT_EQ(report.failures[0].run + report.failures[1].run, "ab");
  EXPECT_EQ(report.removed, 0U);
  EXPECT_EQ(scene.run(runs.co_collect(false)).removed, 2U);
}

TEST(RunPins, of_a_run_that_is_gone_hold_nothing) {
  RunScene scene;
  const Uri made = make_owner(scene, "owner");
  scene.run(co_pin_input(scene.storage(), "gone", "in", made));
  EXPECT_TRUE(scene.dispose("owner").complete);
  EXPECT_THAT(scene.keys(), IsEmpty());
}

/// The steps of both in every order that keeps each one's own. The disposer: says so, looks, removes. The reader: pins
/// and looks whether that was in time, looks at the object.
class Interleaving {
 public:
  Interleaving()
      : uri_(make_owner(scene_, "owner")),
        reader_(scene_, "reader"),
        disposal_(std::in_place, scene_.storage(), "owner", Keep::nothing) {}

  void dispose_step(std::size_t step) {
    if (step == 0) {
      EXPECT_TRUE(scene_.run(disposal_->co_begin()));
    } else if (step == 1) {
      plan_ = scene_.run(disposal_->co_decide());
    } else {
      report_ = scene_.run(disposal_->co_perform(plan_));
    }
  }

  void read_step(std::size_t step) {
    if (refused_) return;
    try {
      if (step == 0) scene_.run(co_pin_input(scene_.storage(), "reader", "in", uri_));
      if (step == 1) found_ = scene_.run(scene_.storage().co_head(uri_)).has_value();
    } catch (const Error& error) {
      refused_ = true;
      EXPECT_THAT(error.kind(), testing::AnyOf(ErrorKind::conflict, ErrorKind::not_found)) << error.what();
    }
  }

  void check() {
    const bool reads = found_ && !refused_;
    const bool is_there = scene_.run(scene_.storage().co_head(uri_)).has_value();
    if (reads) {
      EXPECT_TRUE(is_there) << "the reader has looked at it, and it was removed";
      EXPECT_FALSE(report_.complete);
    } else {
      EXPECT_FALSE(is_there) << "nobody reads it, and it is left";
      EXPECT_TRUE(report_.complete);
    }
    // Once the reader is over, nothing is left.
    disposal_.reset();
    scene_.run(reader_.claim->co_remove());
    scene_.dispose("owner");
    EXPECT_THAT(scene_.keys(), IsEmpty());
    EXPECT_THAT(scene_.run(scene_.journals().co_runs()), IsEmpty());
  }

 private:
  RunScene scene_;
  const Uri uri_;
  Reader reader_;
  std::optional<Disposal> disposal_;
  DisposePlan plan_;
  DisposeReport report_;
  bool refused_ = false;
  bool found_ = false;
};

TEST(RunPins, and_a_disposal_miss_each_other_in_no_interleaving) {
  constexpr std::size_t disposing = 3;
  constexpr std::size_t reading = 2;
  std::size_t tried = 0;
  for (unsigned order = 0; order < 1U << (disposing + reading); ++order) {
    if (static_cast<std::size_t>(__builtin_popcount(order)) != reading) continue;
    SCOPED_TRACE(order);
    Interleaving both;
    std::size_t disposed = 0;
    std::size_t read = 0;
    for (std::size_t step = 0; step < disposing + reading; ++step) {
      const bool is_reader = (order >> step & 1U) != 0;
      is_reader ? both.read_step(read++) : both.dispose_step(disposed++);
    }
    both.check();
    ++tried;
  }
  EXPECT_EQ(tried, 10U);
}

}  // namespace
}  // namespace coffer
