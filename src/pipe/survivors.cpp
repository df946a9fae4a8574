#include "pipe/survivors.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <utility>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/descriptor.hpp"

namespace coffer {

namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return std::move(text).str();
}

/// A process that cannot be taken for another one that gets its number.
struct Found {
  pid_t pid = 0;
  Descriptor process;
};

bool is_marked(pid_t pid, const std::vector<std::string>& marks) {
  const std::string environment = text_of("/proc/" + std::to_string(pid) + "/environ");
  return std::ranges::any_of(marks, [&](const std::string& mark) {
    const std::string entry = mark + '\0';
    return environment.starts_with(entry) || environment.find('\0' + entry) != std::string::npos;
  });
}

bool is_recorded(pid_t pid, const ProcessFacts& facts, const std::vector<CommandStarted>& commands) {
  return std::ranges::any_of(commands, [&](const CommandStarted& command) {
    return command.pid == pid && command.start_time == facts.start_time;
  });
}

std::vector<pid_t> all_processes() {
  std::vector<pid_t> all;
  std::error_code failed;
  for (fs::directory_iterator entry("/proc", failed), end; !failed && entry != end; entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    pid_t pid = 0;
    const auto [last, wrong] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (wrong == std::errc() && last == name.data() + name.size() && pid != ::getpid()) all.push_back(pid);
  }
  return all;
}

/// The process is held before it is looked at, so that what was seen is of the one that is held.
std::vector<Found> find_survivors(const SurvivorSearch& search) {
  std::vector<Found> found;
  std::set<pid_t> groups;
  const auto look = [&](bool by_group) {
    for (const pid_t pid : all_processes()) {
      if (std::ranges::find(found, pid, &Found::pid) != found.end()) continue;
      Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
      const std::optional<ProcessFacts> facts = process ? process_facts(pid) : std::nullopt;
      if (!facts || facts->is_dead) continue;
      const bool is_one = by_group ? groups.contains(facts->group)
                                   : is_recorded(pid, *facts, search.commands) || is_marked(pid, search.marks);
      if (!is_one) continue;
      if (facts->group == pid) groups.insert(pid);
      found.push_back(Found{pid, std::move(process)});
    }
  };
  look(false);
  look(true);
  return found;
}

void signal_all(const std::vector<Found>& found, int signal) {
  for (const Found& one : found) ::syscall(SYS_pidfd_send_signal, one.process.number(), signal, nullptr, 0);
}

/// Whether all have ended in time.
bool wait_for_all(const std::vector<Found>& found, std::chrono::milliseconds longest) {
  const auto end = std::chrono::steady_clock::now() + longest;
  for (const Found& one : found) {
    pollfd waiting{one.process.number(), POLLIN, 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) != 1) return false;
  }
  return true;
}

}  // namespace

std::string survivor_mark(const std::string& run, const std::string& token) {
  return "COFFER_RUN=" + run + ":" + token;
}

std::optional<ProcessFacts> parse_process_facts(std::string_view stat) {
  // The name in brackets may hold anything, brackets too.
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  std::istringstream fields{std::string(stat.substr(name_end + 1))};
  const std::vector<std::string> all{std::istream_iterator<std::string>(fields), {}};
  constexpr std::size_t state = 0;
  constexpr std::size_t group = 2;
  constexpr std::size_t start_time = 19;
  if (all.size() <= start_time) return std::nullopt;
  ProcessFacts facts;
  const auto read = [](const std::string& text, auto& value) {
    return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
  };
  if (!read(all[group], facts.group) || !read(all[start_time], facts.start_time)) return std::nullopt;
  facts.is_dead = all[state] == "Z" || all[state] == "X";
  return facts;
}

std::optional<ProcessFacts> process_facts(pid_t pid) {
  return parse_process_facts(text_of("/proc/" + std::to_string(pid) + "/stat"));
}

std::set<std::string> living_holders(const std::vector<RunHolder>& holders, const RunHolder& here) {
  std::set<std::string> living;
  for (const RunHolder& holder : holders) {
    // This process holds the run: what it began before is over.
    if (holder.pid == here.pid || holder.host != here.host || holder.boot != here.boot) continue;
    const std::optional<ProcessFacts> facts = process_facts(static_cast<pid_t>(holder.pid));
    if (facts && !facts->is_dead && facts->start_time == holder.start_time) living.insert(holder.token);
  }
  return living;
}

SurvivorSearch survivors_of(const RunHistory& history, const RunHolder& here, const std::set<std::string>& living) {
  SurvivorSearch search;
  for (const RunHolder& holder : history.holders) {
    const bool is_over = holder.token != here.token && !living.contains(holder.token);
    if (holder.host == here.host && holder.boot == here.boot && is_over) {
      search.marks.push_back(survivor_mark(history.run, holder.token));
    }
  }
  // The numbers of commands before the machine's start, or of another machine, say nothing.
  const bool all_here = search.marks.size() == history.holders.size();
  if (all_here) search.commands = history.started;
  return search;
}

std::size_t end_survivors(const SurvivorSearch& search, std::chrono::milliseconds grace) {
  if (search.marks.empty()) return 0;
  std::set<pid_t> ended;
  // Again: what is asked to end may start something first.
  for (;;) {
    const std::vector<Found> found = find_survivors(search);
    if (found.empty()) return ended.size();
    for (const Found& one : found) ended.insert(one.pid);
    signal_all(found, SIGTERM);
    if (wait_for_all(found, grace)) continue;
    signal_all(found, SIGKILL);
    constexpr std::chrono::seconds longest_death{10};
    // A process that sleeps in the kernel cannot be waited for.
    if (!wait_for_all(found, longest_death)) return ended.size();
  }
}

}  // namespace coffer
