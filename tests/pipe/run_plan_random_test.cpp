#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "pipe/condition.hpp"
#include "pipe/random_plan.hpp"
#include "pipe/run_plan.hpp"

namespace coffer {
namespace {

/// What ought to become of each pipe: true where it runs. From the front: each reads what those before it write.
std::map<std::string, bool> expected(const RandomPlan& random) {
  std::map<std::string, bool> there = {{"n0", true}};
  std::map<std::string, bool> runs;
  for (const PipeSpec& pipe : random.pipeline.pipes()) {
    bool run =
        std::ranges::all_of(pipe.reads(), [&](const ReadSpec& read) { return read.optional || there[read.name]; });
    for (const ConditionSpec& condition : pipe.conditions())
      run = run && there[condition.name] && holds(condition, random.contents.at(condition.name));
    runs[pipe.name()] = run;
    there[pipe.writes().front().name] = there[pipe.writes().front().name] || run;
  }
  return runs;
}

/// A run that does whatever may be done, in any order.
class Walk {
 public:
  Walk(RandomPlan& random, bool overlap)
      : random_(random), overlap_(overlap), plan_(RunPlan::make(random.pipeline).value()), state_(plan_.initial()) {
    for (const auto& [name, content] : random.contents) {
      if (plan_.data()[plan_.position(name)].writers.empty()) state_.data[plan_.position(name)] = DataState::committed;
    }
  }

  bool step() {
    switch (random_.below(4)) {
      case 0:
        return one_of(pipes_with(PipeStep::Kind::start), [&](std::size_t pipe) { start(pipe); });
      case 1:
        return one_of(pipes_with(PipeStep::Kind::decide), [&](std::size_t pipe) { decide(pipe); });
      case 2:
        return one_of(pipes_with(PipeStep::Kind::skip), [&](std::size_t pipe) { plan_.skip(state_, pipe); });
      default:
        return one_of(running(), [&](std::size_t pipe) { finish(pipe); });
    }
  }
  bool is_over() const {
    return std::ranges::none_of(
        state_.pipes, [](PipeState pipe) { return pipe == PipeState::waiting || pipe == PipeState::running; });
  }
  bool is_stuck() const {
    return pipes_with(PipeStep::Kind::start).empty() && pipes_with(PipeStep::Kind::decide).empty() &&
           pipes_with(PipeStep::Kind::skip).empty() && running().empty();
  }
  std::map<std::string, bool> ran() const {
    std::map<std::string, bool> ran;
    for (std::size_t i = 0; i < state_.pipes.size(); ++i)
      ran[random_.pipeline.pipes()[i].name()] = state_.pipes[i] == PipeState::finished;
    return ran;
  }

 private:
  template <class Values, class Act>
  bool one_of(const Values& values, Act act) {
    if (values.empty()) return false;
    act(values[random_.below(values.size())]);
    return true;
  }
  std::vector<std::size_t> pipes_with(PipeStep::Kind next) const {
    std::vector<std::size_t> pipes;
    for (std::size_t pipe = 0; pipe < state_.pipes.size(); ++pipe) {
      if (plan_.next_step(state_, pipe, overlap_).kind == next) pipes.push_back(pipe);
    }
    return pipes;
  }
  /// Those that may end: what they read is there.
  std::vector<std::size_t> running() const {
    std::vector<std::size_t> pipes;
    for (std::size_t i = 0; i < state_.pipes.size(); ++i) {
      if (state_.pipes[i] == PipeState::running && plan_.inputs_committed(state_, i)) pipes.push_back(i);
    }
    return pipes;
  }
  void start(std::size_t pipe) {
    state_.pipes[pipe] = PipeState::running;
    for (const std::size_t output : plan_.outputs(pipe)) {
      EXPECT_EQ(state_.data[output], DataState::absent) << "two write it";
      state_.data[output] = DataState::live;
    }
  }
  void decide(std::size_t pipe) {
    const auto is_met = [&](const ConditionSpec& condition) {
      return holds(condition, random_.contents.at(condition.name));
    };
    if (std::ranges::all_of(random_.pipeline.pipes()[pipe].conditions(), is_met))
      state_.conditions[pipe] = ConditionState::holds;
    else
      plan_.skip(state_, pipe);
  }
  void finish(std::size_t pipe) {
    state_.pipes[pipe] = PipeState::finished;
    for (const std::size_t output : plan_.outputs(pipe)) state_.data[output] = DataState::committed;
  }

  RandomPlan& random_;
  const bool overlap_;
  const RunPlan plan_;
  RunState state_;
};

TEST(RunPlanRandom, every_order_ends_and_runs_the_pipes_that_conditions_let_run) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    RandomPlan random(seed);
    Walk walk(random, seed % 2 == 0);
    while (!walk.is_over() && !walk.is_stuck()) walk.step();
    ASSERT_TRUE(walk.is_over());
    ASSERT_EQ(walk.ran(), expected(random));
  }
}

}  // namespace
}  // namespace coffer
