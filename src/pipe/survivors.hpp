#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "pipe/run_history.hpp"

namespace coffer {

/// "COFFER_RUN=run:token": stands in the environment of every command of a run, and so of what that starts.
std::string survivor_mark(const std::string& run, const std::string& token);

/// What /proc says of a process.
struct ProcessFacts {
  pid_t group = 0;
  std::int64_t start_time = 0;  ///< In ticks since the machine's start.
  bool is_dead = false;         ///< It waits to be reaped.
};

/// From the text of /proc/PID/stat; nothing where it is none.
std::optional<ProcessFacts> parse_process_facts(std::string_view stat);
/// Nothing where there is no such process. Blocks.
std::optional<ProcessFacts> process_facts(pid_t pid);

/// Of other processes that held the run on this machine since its start, the tokens of those that are alive: where the
/// store is a copy, its run's journal names who is at the original one. Looks at processes: blocks.
std::set<std::string> living_holders(const std::vector<RunHolder>& holders, const RunHolder& here);

/// Whom to look for: commands of attempts on this machine since its start that are over.
struct SurvivorSearch {
  std::vector<std::string> marks;
  std::vector<CommandStarted> commands;
};
/// `here` is the holder now, `living` the tokens of those whose attempts are not over.
SurvivorSearch survivors_of(const RunHistory& history, const RunHolder& here, const std::set<std::string>& living = {});

/// Ends all that are alive, with what they have started: asks them, and kills those that have not ended after `grace`.
/// How many there were. Blocks until they have ended.
std::size_t end_survivors(const SurvivorSearch& search, std::chrono::milliseconds grace);

}  // namespace coffer
