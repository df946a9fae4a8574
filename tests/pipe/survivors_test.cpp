#include "pipe/survivors.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/this_process.hpp"

namespace coffer {
namespace {

constexpr std::chrono::seconds grace{20};

/// A shell in a group of its own, with this in its environment. Returns once the shell has said that it runs.
pid_t start_shell(std::string text, std::string mark) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string shell = "sh";
  std::string option = "-c";
  std::array<char*, 4> arguments = {shell.data(), option.data(), text.data(), nullptr};
  std::array<char*, 2> environment = {mark.data(), nullptr};
  pid_t pid = 0;
  EXPECT_EQ(::posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments.data(), environment.data()), 0);
  ::close(ends[1]);
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 1);
  ::close(ends[0]);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return pid;
}

int end_of(pid_t pid) {
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST(Survivors, facts_are_read_past_any_name) {
  const auto facts = parse_process_facts(
      "17 (a) b) R 1 4711 17 0 -1 4194560 88 0 0 0 0 0 0 0 20 0 1 0 987654 2469888 193 18446744073709551615");
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->group, 4711);
  EXPECT_EQ(facts->start_time, 987654);
  EXPECT_FALSE(facts->is_dead);
  EXPECT_FALSE(parse_process_facts(""));
  EXPECT_FALSE(parse_process_facts("17 (sh) R 1 2 3"));
}

TEST(Survivors, those_that_bear_the_mark_are_ended_with_what_they_have_started) {
  const std::string mark = survivor_mark("x", std::to_string(::getpid()));
  const pid_t pid = start_shell("sleep 1000 & echo; wait", mark);
  SurvivorSearch search;
  search.marks = {mark};
  EXPECT_EQ(end_survivors(search, grace), 2U);
  EXPECT_EQ(end_of(pid), SIGTERM);
  EXPECT_EQ(end_survivors(search, grace), 0U);
}

TEST(Survivors, a_command_that_hides_its_environment_is_known_by_number_and_start) {
  const pid_t pid = start_shell("echo; exec sleep 1000", "OTHER=1");
  SurvivorSearch search;
  search.marks = {survivor_mark("x", "nobody's")};
  CommandStarted command;
  command.pid = pid;
  command.start_time = process_facts(pid)->start_time + 1;
  search.commands = {command};
  EXPECT_EQ(end_survivors(search, grace), 0U) << "another process with that number";
  search.commands[0].start_time -= 1;
  EXPECT_EQ(end_survivors(search, grace), 1U);
  EXPECT_EQ(end_of(pid), SIGTERM);
}

TEST(Survivors, who_does_not_want_to_end_is_killed) {
  const std::string mark = survivor_mark("y", std::to_string(::getpid()));
  const pid_t pid = start_shell("trap '' TERM; echo; while :; do read x < /dev/null; done", mark);
  SurvivorSearch search;
  search.marks = {mark};
  EXPECT_EQ(end_survivors(search, std::chrono::milliseconds(50)), 1U);
  EXPECT_EQ(end_of(pid), SIGKILL);
}

TEST(Survivors, only_attempts_on_this_machine_since_its_start_can_have_left_any) {
  RunHistory history;
  history.run = "x";
  history.started.emplace_back();
  RunHolder here;
  here.token = "now";
  here.host = "this";
  here.boot = "b1";
  RunHolder before = here;
  before.token = "before";
  history.holders = {before};
  EXPECT_THAT(survivors_of(history, here).marks, testing::ElementsAre("COFFER_RUN=x:before"));
  EXPECT_EQ(survivors_of(history, here).commands.size(), 1U);
  EXPECT_TRUE(survivors_of(history, here, {"before"}).marks.empty());
  EXPECT_TRUE(survivors_of(history, here, {"before"}).commands.empty());
  before.boot = "b0";
  history.holders = {before};
  EXPECT_TRUE(survivors_of(history, here).marks.empty());
  EXPECT_TRUE(survivors_of(history, here).commands.empty());
}

TEST(Survivors, a_holder_is_alive_where_its_process_is_the_one_that_took_the_run) {
  const pid_t pid = start_shell("echo; exec sleep 1000", "OTHER=1");
  RunHolder here;
  here.pid = ::getpid();
  RunHolder other;
  other.token = "other";
  other.pid = pid;
  other.start_time = process_facts(pid)->start_time;
  EXPECT_THAT(living_holders({other}, here), testing::ElementsAre("other"));
  RunHolder earlier = other;
  earlier.start_time -= 1;
  EXPECT_TRUE(living_holders({earlier}, here).empty()) << "another process has its number now";
  RunHolder elsewhere = other;
  elsewhere.host = "elsewhere";
  EXPECT_TRUE(living_holders({elsewhere}, here).empty());
  RunHolder own = other;
  own.pid = here.pid;
  EXPECT_TRUE(living_holders({own}, here).empty());
  ::kill(pid, SIGKILL);
  EXPECT_EQ(end_of(pid), SIGKILL);
  EXPECT_TRUE(living_holders({other}, here).empty());
}

}  // namespace
}  // namespace coffer
