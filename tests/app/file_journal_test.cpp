#include "app/file_journal.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <coffer/base/error.hpp>
#include <coffer/io_backends/make_io_backend.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipe/journal_holder.hpp"
#include "support/child_process.hpp"
#include "support/every_failure.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_loop.hpp"
#include "support/thrown_error.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;
using test::ChildResult;
using test::FaultyBackend;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Journals in a folder, with steps of I/O that fail on demand.
class Scene {
 public:
  explicit Scene(test::LoopKind kind = test::LoopKind::own_thread) : loop_(kind) {
    io_ = std::make_shared<FaultyBackend>(make_io_backend(loop_.runtime()));
    journals_ = make_file_journals(loop_.runtime(), io_, runs());
  }
  fs::path runs() const { return folder_.path() / "store/.coffer/runs"; }
  const std::shared_ptr<FaultyBackend>& io() { return io_; }
  JournalStore& journals() { return *journals_; }
  Runtime& runtime() { return loop_.runtime(); }
  bool settle() { return loop_.run(loop_.runtime().co_close(std::chrono::minutes(1))); }

  template <class T>
  T run(Task<T> task) {
    return loop_.run(std::move(task));
  }
  std::unique_ptr<RunClaim> claim(const std::string& run) { return loop_.run(journals_->co_claim(run, true)); }
  std::string bytes(const std::string& run) {
    std::string all;
    for (const JournalSegment& segment : loop_.run(journals_->co_read(run))) {
      all += std::to_string(segment.number) + ":" + segment.bytes + ";";
    }
    return all;
  }

 private:
  test::TemporaryFolder folder_;
  test::TestLoop loop_;
  std::shared_ptr<FaultyBackend> io_;
  std::shared_ptr<JournalStore> journals_;
};

TEST(FileJournals, segments_are_read_as_they_were_appended_to) {
  for (const test::LoopKind kind : test::all_loop_kinds) {
    Scene scene(kind);
    EXPECT_THAT(scene.run(scene.journals().co_runs()), IsEmpty());
    const auto claim = scene.claim("x");
    scene.run(claim->co_begin_segment(1, "header,", SegmentRoom::free));
    scene.run(claim->co_append("one,", false));
    scene.run(claim->co_append("two", true));
    scene.run(claim->co_begin_segment(2, "second", SegmentRoom::free));
    EXPECT_EQ(scene.bytes("x"), "1:header,one,two;2:second;");
    EXPECT_THAT(scene.run(scene.journals().co_runs()), ElementsAre("x"));
    EXPECT_EQ(scene.bytes("y"), "");
  }
}

TEST(FileJournals, lie_where_this_user_alone_may_look) {
  Scene scene;
  const auto claim = scene.claim("x");
  for (const fs::path& path : {scene.runs() / "x", scene.runs(), scene.runs().parent_path()}) {
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all) << path;
  }
}

TEST(FileJournals, a_segment_that_is_there_is_never_written_over) {
  Scene scene;
  const auto claim = scene.claim("x");
  scene.run(claim->co_begin_segment(1, "first", SegmentRoom::free));
  const Error error = test::error_of([&] { scene.run(claim->co_begin_segment(1, "second", SegmentRoom::free)); });
  EXPECT_EQ(error.kind(), ErrorKind::conflict);
  EXPECT_EQ(scene.bytes("x"), "1:first;");
}

TEST(FileJournals, a_run_is_held_by_one_at_a_time_and_the_other_is_told_who_it_is) {
  Scene scene;
  EXPECT_FALSE(scene.run(scene.journals().co_claim("x", false)));
  auto claim = scene.claim("x");
  const Error error = test::error_of([&] { scene.claim("x"); });
  EXPECT_EQ(error.kind(), ErrorKind::conflict);
  EXPECT_THAT(error.message(),
              testing::StartsWith("the run x is at work in process " + std::to_string(::getpid()) + " on "));
  EXPECT_THAT(error.message(), testing::ContainsRegex(" since 20..-..-.. ..:..:.. UTC; "));
  const std::optional<RunHolder> holder = scene.run(scene.journals().co_holder("x"));
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->token, claim->holder().token);
  claim.reset();
  EXPECT_FALSE(scene.run(scene.journals().co_holder("x")));
  EXPECT_TRUE(scene.run(scene.journals().co_claim("x", false)));
}

TEST(FileJournals, who_holds_a_run_is_said_in_the_place_of_who_held_it) {
  Scene scene;
  scene.claim("x").reset();
  std::ofstream(scene.runs() / "x/lock", std::ios::app) << std::string(1000, 'x');
  const auto claim = scene.claim("x");
  const std::optional<RunHolder> holder = scene.run(scene.journals().co_holder("x"));
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->token, claim->holder().token);
}

TEST(FileJournals, a_run_whose_holder_could_not_say_who_it_is_is_held_all_the_same) {
  Scene scene;
  const auto claim = scene.claim("x");
  fs::resize_file(scene.runs() / "x/lock", 0);
  const std::optional<RunHolder> holder = scene.run(scene.journals().co_holder("x"));
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->token, "");
  EXPECT_EQ(holder_text(*holder), "a process that does not say which");
}

TEST(FileJournals, a_run_whose_holder_was_killed_is_free) {
  const test::TemporaryFolder folder;
  const fs::path runs = folder.path() / "store/.coffer/runs";
  const auto take = [&] {
    test::TestLoop loop(test::LoopKind::own_thread);
    const auto journals = make_file_journals(loop.runtime(), make_io_backend(loop.runtime()), runs);
    const auto claim = loop.run(journals->co_claim("x", true));
    loop.run(claim->co_begin_segment(1, "of the killed one", SegmentRoom::free));
    ::kill(::getpid(), SIGKILL);
    return true;
  };
  // Before there are threads here: a child of a process that has some may start none of its own.
  ASSERT_EQ(test::run_in_child(take), ChildResult::failed);  // Killed.
  test::TestLoop loop(test::LoopKind::own_thread);
  const auto journals = make_file_journals(loop.runtime(), make_io_backend(loop.runtime()), runs);
  EXPECT_TRUE(loop.run(journals->co_claim("x", false)));
  const std::vector<JournalSegment> segments = loop.run(journals->co_read("x"));
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_EQ(segments.front().bytes, "of the killed one");
}

TEST(FileJournals, a_removed_run_is_gone_and_can_be_made_again) {
  Scene scene;
  auto claim = scene.claim("x");
  scene.run(claim->co_begin_segment(1, "first", SegmentRoom::free));
  RunPin pin;
  pin.by = "y";
  pin.name = "in";
  pin.key = "x/a";
  scene.run(scene.journals().co_pin("x", pin));
  scene.run(claim->co_remove());
  EXPECT_TRUE(fs::is_empty(scene.runs()));
  EXPECT_THAT(scene.run(scene.journals().co_pins("x")), IsEmpty());
  const auto again = scene.claim("x");  // Though the claim of the one that was removed is held.
  scene.run(again->co_begin_segment(1, "again", SegmentRoom::free));
  EXPECT_EQ(scene.bytes("x"), "1:again;");
}

TEST(FileJournals, what_a_killed_removal_left_is_swept_up) {
  Scene scene;
  fs::create_directories(scene.runs() / ".gone-x-0123/pins");
  std::ofstream(scene.runs() / ".gone-x-0123/000001.seg") << "text";
  EXPECT_THAT(scene.run(scene.journals().co_runs()), IsEmpty());
  EXPECT_EQ(scene.run(scene.journals().co_sweep(true)), 1U);
  EXPECT_EQ(scene.run(scene.journals().co_sweep(false)), 1U);
  EXPECT_TRUE(fs::is_empty(scene.runs()));
  EXPECT_EQ(scene.run(scene.journals().co_sweep(false)), 0U);
}

TEST(FileJournals, pins_are_kept_by_who_pins_for_which_input) {
  Scene scene;
  RunPin pin;
  pin.by = "y";
  pin.name = "in";
  pin.key = "x/a";
  EXPECT_EQ(test::error_of([&] { scene.run(scene.journals().co_pin("x", pin)); }).kind(), ErrorKind::not_found);
  const auto claim = scene.claim("x");
  scene.run(scene.journals().co_pin("x", pin));
  pin.key = "x/b";
  scene.run(scene.journals().co_pin("x", pin));
  std::vector<RunPin> pins = scene.run(scene.journals().co_pins("x"));
  ASSERT_EQ(pins.size(), 1U);
  EXPECT_EQ(pins[0].by + " " + pins[0].name + " " + pins[0].key, "y in x/b");
  scene.run(scene.journals().co_unpin("x", pin));
  scene.run(scene.journals().co_unpin("x", pin));
  EXPECT_THAT(scene.run(scene.journals().co_pins("x")), IsEmpty());
}

TEST(FileJournals, pins_bear_names_of_pipelines_inside_others_however_long) {
  Scene scene;
  const auto claim = scene.claim("x");
  const std::string nested = "i/z";
  std::string longest = std::string(64, 'a');
  for (int i = 0; i < 9; ++i) longest += "/" + std::string(64, 'b');
  for (const std::string& name : {nested, longest}) {
    RunPin pin;
    pin.by = "y";
    pin.name = name;
    pin.key = "x/a";
    scene.run(scene.journals().co_pin("x", pin));
    const std::vector<RunPin> pins = scene.run(scene.journals().co_pins("x"));
    ASSERT_EQ(pins.size(), 1U);
    EXPECT_EQ(pins[0].by + " " + pins[0].name + " " + pins[0].key, "y " + name + " x/a");
    scene.run(scene.journals().co_unpin("x", pin));
    EXPECT_THAT(scene.run(scene.journals().co_pins("x")), IsEmpty());
  }
}

TEST(FileJournals, all_pins_of_a_run_are_taken_off_but_for_those_it_needs) {
  Scene scene;
  std::vector<std::unique_ptr<RunClaim>> claims;
  for (const char* owner : {"w", "x"}) {
    claims.push_back(scene.claim(owner));
    for (const auto& [by, name] : {std::pair("y", "in"), std::pair("y", "i/z"), std::pair("y-2", "in")}) {
      RunPin pin;
      pin.by = by;
      pin.name = name;
      pin.key = "x/a";
      scene.run(scene.journals().co_pin(owner, pin));
    }
  }
  scene.run(scene.journals().co_unpin_all("y", {"i/z"}));
  for (const char* owner : {"w", "x"}) {
    std::vector<std::string> left;
    for (const RunPin& pin : scene.run(scene.journals().co_pins(owner))) left.push_back(pin.by + " " + pin.name);
    EXPECT_THAT(left, testing::UnorderedElementsAre("y i/z", "y-2 in")) << owner;
  }
  scene.run(scene.journals().co_unpin_all("nobody", {}));
}

TEST(FileJournals, an_id_that_leads_out_of_the_folder_is_refused) {
  Scene scene;
  for (const char* id : {"", "..", "a/b", ".x", "-x", "ü"}) {
    EXPECT_EQ(test::error_of([&] { scene.claim(id); }).kind(), ErrorKind::invalid_argument) << id;
  }
}

TEST(FileJournals, each_step_that_fails_is_told_and_nothing_is_acknowledged) {
  test::FailingVerb<Scene> verb;
  verb.name = "journal";
  verb.prepare = [](Scene&) {};
  auto acknowledged = std::make_shared<std::string>();
  verb.perform = [acknowledged](Scene& scene) {
    acknowledged->clear();
    const auto claim = scene.claim("x");
    scene.run(claim->co_begin_segment(1, "header,", SegmentRoom::free));
    *acknowledged = "header,";
    scene.run(claim->co_append("one,", true));
    *acknowledged += "one,";
    scene.run(claim->co_append("two,", false));
    *acknowledged += "two,";
  };
  verb.check = [acknowledged](Scene& scene, const std::optional<Error>& error) {
    EXPECT_EQ(error.has_value(), scene.io()->failed_step().has_value());
    const std::string bytes = scene.bytes("x");
    if (!acknowledged->empty()) {
      EXPECT_THAT(bytes, HasSubstr(*acknowledged));
    }
  };
  test::fail_each_step_once<Scene>(verb, [] { return std::make_unique<Scene>(); });
}

TEST(FileJournals, nothing_is_appended_behind_what_failed) {
  Scene scene;
  const auto claim = scene.claim("x");
  scene.run(claim->co_begin_segment(1, "header,", SegmentRoom::free));
  scene.io()->fail_after(0, ENOSPC);
  EXPECT_EQ(test::error_of([&] { scene.run(claim->co_append("one,", true)); }).kind(), ErrorKind::no_space);
  scene.io()->heal();
  EXPECT_THAT(test::error_of([&] { scene.run(claim->co_append("two,", true)); }).message(),
              HasSubstr("the run x takes nothing more"));
  EXPECT_EQ(scene.bytes("x"), "1:header,;");
}

}  // namespace
}  // namespace coffer
