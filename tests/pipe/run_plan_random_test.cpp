#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "pipe/condition.hpp"
#include "pipe/run_plan.hpp"

namespace coffer {
namespace {

/// A pipeline whose pipes read what others write, some of it optional, some only on a condition, some as alternatives;
/// and what every object that conditions look at will hold.
class RandomPlan {
 public:
  explicit RandomPlan(unsigned seed) : random_(seed) {
    pipeline.input("n0");
    contents["n0"] = any_text();
    const std::size_t count = 2 + below(10);
    for (std::size_t i = 1; i <= count; ++i) add("n" + std::to_string(i));
    pipeline.output("n" + std::to_string(count));
  }

  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }

  Pipeline pipeline = Pipeline("random");
  std::map<std::string, std::string> contents;

 private:
  std::string any_text() { return std::string(1, static_cast<char>('a' + below(3))); }
  std::string any_name() {
    return std::next(contents.begin(), static_cast<std::ptrdiff_t>(below(contents.size())))->first;
  }

  PipeSpec reading(const std::string& name) {
    PipeSpec pipe(name);
    std::vector<std::string> names;
    for (std::size_t i = below(4); i > 0; --i) {
      const std::string read = any_name();
      if (std::ranges::find(names, read) != names.end()) continue;
      names.push_back(read);
      below(3) == 0 ? pipe.reads_if_there(read) : pipe.reads(read);
    }
    return pipe.run([](PipeIo&) -> Task<> { co_return; });
  }

  void add(const std::string& name) {
    PipeSpec pipe = reading("p" + name).writes(name);
    const std::size_t kind = below(4);
    const std::string looks_at = any_name();
    const std::string text = any_text();
    if (kind == 1) pipe.when(looks_at, {text});
    if (kind == 3) pipe.when(looks_at, {text, any_text()}).when_not(any_name(), {any_text()});
    if (kind == 2) {
      pipe.when(looks_at, {text});
      PipeSpec other = reading("q" + name).writes(name);
      other.when_not(looks_at, {text});
      pipeline.pipe(other);
    }
    pipeline.pipe(pipe);
    contents[name] = any_text();
  }

  std::mt19937 random_;
};

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
        return one_of(plan_.may_start(state_, overlap_), [&](std::size_t pipe) { start(pipe); });
      case 1:
        return one_of(plan_.may_decide(state_), [&](std::size_t pipe) { decide(pipe); });
      case 2:
        return one_of(plan_.to_skip(state_), [&](const PipeSkip& skip) { plan_.skip(state_, skip.pipe); });
      default:
        return one_of(running(), [&](std::size_t pipe) { finish(pipe); });
    }
  }
  bool is_over() const { return RunPlan::is_over(state_); }
  bool is_stuck() const {
    return plan_.may_start(state_, overlap_).empty() && plan_.may_decide(state_).empty() &&
           plan_.to_skip(state_).empty() && running().empty();
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
