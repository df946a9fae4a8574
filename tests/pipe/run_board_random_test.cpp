#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "pipe/condition.hpp"
#include "pipe/random_plan.hpp"
#include "pipe/run_board.hpp"

namespace coffer {
namespace {

/// Whatever may be done on a board, in any order, with steps taken now and then.
class BoardWalk {
 public:
  BoardWalk(RandomPlan& random, bool overlap)
      : random_(random),
        overlap_(overlap),
        plan_(RunPlan::make(random.pipeline).value()),
        board_(plan_, inputs_of(random, plan_), 0) {}

  void take_steps() {
    const RunSteps steps = board_.take_steps(overlap_);
    for (const RunSteps::Skip& skip : steps.skip)
      to_do_.push_back([this, skip] { board_.pipe_skipped(skip.pipe, ""); });
    for (const std::size_t pipe : steps.decide) to_do_.push_back([this, pipe] { decide(pipe); });
    for (const std::size_t pipe : steps.start) to_do_.push_back([this, pipe] { start(pipe); });
  }
  /// Of the plan, over all pipes.
  bool has_steps() const {
    const RunState state = board_.state();
    for (std::size_t pipe = 0; pipe < state.pipes.size(); ++pipe) {
      if (plan_.next_step(state, pipe, overlap_).kind != PipeStep::Kind::none) return true;
    }
    return false;
  }
  /// False where there is nothing to do.
  bool go_on() {
    if (to_do_.empty()) return false;
    std::swap(to_do_[random_.below(to_do_.size())], to_do_.back());
    const std::function<void()> next = std::move(to_do_.back());
    to_do_.pop_back();
    next();
    return true;
  }
  bool is_over() const { return board_.is_over(); }

 private:
  static std::vector<std::size_t> inputs_of(const RandomPlan& random, const RunPlan& plan) {
    std::vector<std::size_t> inputs;
    for (const auto& [name, content] : random.contents) {
      if (plan.data()[plan.position(name)].writers.empty()) inputs.push_back(plan.position(name));
    }
    return inputs;
  }
  void decide(std::size_t pipe) {
    const auto is_met = [&](const ConditionSpec& condition) {
      return holds(condition, random_.contents.at(condition.name));
    };
    if (std::ranges::all_of(random_.pipeline.pipes()[pipe].conditions(), is_met))
      board_.condition_holds(pipe);
    else
      board_.pipe_skipped(pipe, "");
  }
  void start(std::size_t pipe) {
    if (overlap_) {
      for (const std::size_t output : plan_.outputs(pipe)) board_.went_live(output);
    }
    to_do_.push_back([this, pipe] { finish(pipe); });
  }
  void finish(std::size_t pipe) {
    for (const std::size_t output : plan_.outputs(pipe)) board_.committed(output);
    board_.pipe_ended(pipe, false);
  }

  RandomPlan& random_;
  const bool overlap_;
  const RunPlan plan_;
  RunBoard board_;
  std::vector<std::function<void()>> to_do_;
};

TEST(RunBoardRandom, no_step_that_the_plan_has_is_missed) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    RandomPlan random(seed);
    BoardWalk walk(random, seed % 2 == 0);
    do {
      if (random.below(3) != 0) continue;
      walk.take_steps();
      ASSERT_FALSE(walk.has_steps());
    } while (walk.go_on() || walk.has_steps());
    ASSERT_TRUE(walk.is_over());
  }
}

}  // namespace
}  // namespace coffer
