#include "pipe/run_pins.hpp"

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
    scene.run(claim->co_begin_segment(1, "a journal"));
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
  RunBegun begun;
  begun.inputs = {{"in", false, made.text(), ""}};
  scene.run(co_unpin_inputs(scene.storage(), "reader", begun));
  EXPECT_THAT(scene.run(scene.journals().co_pins("owner")), IsEmpty());
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
