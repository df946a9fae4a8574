// Followers see a store through a provider of their own, as another process would.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/async/with_deadline.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/started.hpp"
#include "providers/local_scene.hpp"
#include "support/every_failure.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;
using test::FailingVerb;
using test::LocalScene;
using test::sample_bytes;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t KiB = std::size_t{1} << 10U;
constexpr std::size_t MiB = std::size_t{1} << 20U;
// Against hangs alone.
constexpr std::chrono::seconds deadline(120);

struct Setting {
  std::string name;
  test::LoopKind loop;
  std::string backend;
  fs::path parent;
};

class Follow : public ::testing::TestWithParam<Setting> {
 protected:
  LocalScene scene_{GetParam().loop, GetParam().backend, GetParam().parent};
  ProviderPtr elsewhere_ = make_local_provider(scene_.runtime(), scene_.io(), LocalConfig(scene_.path()));
};

WriteOptions live() { return WriteOptions().live(); }

Task<> co_write_text(ByteSink& sink, std::string text) {
  auto owner = std::make_shared<const std::string>(std::move(text));
  Chunk chunk(owner, std::as_bytes(std::span(owner->data(), owner->size())));
  co_await sink.co_write(std::move(chunk));
}

/// What a follower came to. The bytes are those it was given before it failed.
struct Followed {
  std::string bytes;
  std::optional<Error> error;
};

Task<Followed> co_read_to_the_end(SourcePtr source) {
  Followed followed;
  try {
    while (const std::optional<Chunk> chunk = co_await with_deadline(source->co_read(), deadline)) {
      followed.bytes += chunk->text();
    }
  } catch (const Error& error) {
    followed.error = error;
  }
  co_return std::move(followed);
}

Task<Followed> co_follow(ProviderPtr store, std::string key, FollowOptions options) {
  Followed followed;
  SourcePtr source;
  try {
    source = co_await with_deadline(store->co_follow(std::move(key), std::move(options)), deadline);
  } catch (const Error& error) {
    followed.error = error;
  }
  if (source) followed = co_await co_read_to_the_end(std::move(source));
  co_return std::move(followed);
}

/// Reads until this many bytes have come.
Task<std::string> co_read_bytes(ByteSource& source, std::size_t count) {
  std::string bytes;
  while (bytes.size() < count) {
    const std::optional<Chunk> chunk = co_await with_deadline(source.co_read(count - bytes.size()), deadline);
    if (!chunk) break;
    bytes += chunk->text();
  }
  co_return std::move(bytes);
}

std::string kind_of(const Followed& followed) {
  return followed.error ? std::string(to_string(followed.error->kind())) : std::string();
}

void expect_all(const Followed& followed, const std::string& bytes) {
  EXPECT_FALSE(followed.error) << followed.error->what();
  EXPECT_EQ(followed.bytes.size(), bytes.size());
  EXPECT_TRUE(followed.bytes == bytes);
}

/// Writes in pieces of these sizes, in turn, with one follower that comes first, one for each `every` pieces, and one
/// that comes last. All get all.
Task<> co_write_among_followers(StorageProvider& store, ProviderPtr elsewhere, std::string bytes,
                                std::vector<std::size_t> sizes, std::size_t every) {
  const auto executor = co_await boost::asio::this_coro::executor;
  std::vector<Started<Followed>> followers;
  followers.push_back(start(executor, co_follow(elsewhere, "a/key", FollowOptions())));
  SinkPtr sink = co_await store.co_create("a/key", live());
  std::size_t piece = 0;
  for (std::size_t done = 0; done < bytes.size(); ++piece) {
    if (piece % every == 0 && followers.size() < 6)
      followers.push_back(start(executor, co_follow(elsewhere, "a/key", FollowOptions())));
    const std::size_t size = std::min(sizes[piece % sizes.size()], bytes.size() - done);
    co_await co_write_text(*sink, bytes.substr(done, size));
    done += size;
  }
  co_await sink->co_commit();
  followers.push_back(start(executor, co_follow(elsewhere, "a/key", FollowOptions())));
  for (Started<Followed>& follower : followers) {
    const Followed followed = co_await follower.co_result();
    expect_all(followed, bytes);
  }
}

TEST_P(Follow, followers_that_come_before_during_and_after_get_every_byte) {
  const std::string bytes = sample_bytes(9 * MiB + 4321);
  for (const std::vector<std::size_t>& sizes :
       {std::vector<std::size_t>{MiB}, {300 * KiB}, {1, 4095, 100'000, 2 * MiB, 17}, {64 * KiB + 1}}) {
    scene_.run(co_write_among_followers(scene_.store(), elsewhere_, bytes, sizes, 3));
    EXPECT_TRUE(scene_.get("a/key") == bytes);
    scene_.run(scene_.store().co_remove("a/key", RemoveOptions()));
  }
  scene_.run(co_write_among_followers(scene_.store(), elsewhere_, bytes.substr(0, 30'000), {30}, 250));
  EXPECT_TRUE(scene_.settle());
  EXPECT_THAT(scene_.leftovers(), IsEmpty());
}

/// A producer that goes on only when its follower has all it gave.
Task<> co_write_step_by_step(StorageProvider& store, ProviderPtr elsewhere, std::vector<std::size_t> sizes) {
  std::size_t all = 0;
  for (const std::size_t size : sizes) all += size;
  const std::string bytes = sample_bytes(all);
  SinkPtr sink = co_await store.co_create("key", live());
  const SourcePtr source = co_await elsewhere->co_follow("key", FollowOptions());
  EXPECT_FALSE(source->info().size);
  std::size_t done = 0;
  for (const std::size_t size : sizes) {
    co_await co_write_text(*sink, bytes.substr(done, size));
    const std::string got = co_await co_read_bytes(*source, size);
    EXPECT_TRUE(got == bytes.substr(done, size)) << "at " << done;
    done += size;
  }
  const Stored stored = co_await sink->co_commit();
  const std::optional<Chunk> end = co_await with_deadline(source->co_read(), deadline);
  EXPECT_FALSE(end);
  EXPECT_EQ(source->info().size, all);
  EXPECT_EQ(source->info().crc32c, stored.crc32c);
  EXPECT_EQ(source->info().etag, stored.etag);
  EXPECT_FALSE(co_await source->co_read()) << "the end stays the end";
}

TEST_P(Follow, what_was_written_is_seen_without_another_write) {
  scene_.run(co_write_step_by_step(scene_.store(), elsewhere_, {30, 1, 4065, 4096, 70'000, 2 * MiB, 5, 3 * MiB + 11}));
  EXPECT_EQ(scene_.head("key")->integrity, Integrity::verified_on_read);
  EXPECT_EQ(scene_.get("key").size(), 30U + 1 + 4065 + 4096 + 70'000 + 2 * MiB + 5 + 3 * MiB + 11);
}

Task<> co_end_after_the_commit(StorageProvider& store, ProviderPtr elsewhere) {
  const auto executor = co_await boost::asio::this_coro::executor;
  WriteOptions options = WriteOptions().live().content_type("text/x-log").size(5);
  SinkPtr sink = co_await store.co_create("key", std::move(options));
  SourcePtr source = co_await elsewhere->co_follow("key", FollowOptions());
  EXPECT_EQ(source->info().content_type, "text/x-log");
  co_await co_write_text(*sink, "lines");
  const std::string got = co_await co_read_bytes(*source, 5);
  EXPECT_EQ(got, "lines");
  Started<Followed> rest = start(executor, co_read_to_the_end(std::move(source)));
  EXPECT_FALSE(rest.done()) << "all of its size was seen, and it is not committed";
  co_await sink->co_commit();
  const Followed followed = co_await rest.co_result();
  expect_all(followed, "");
}

TEST_P(Follow, the_end_comes_after_the_commit) { scene_.run(co_end_after_the_commit(scene_.store(), elsewhere_)); }

TEST_P(Follow, an_empty_object_has_an_end_too) {
  const auto co_run = [](StorageProvider& store, ProviderPtr elsewhere) -> Task<> {
    SinkPtr sink = co_await store.co_create("key", live());
    SourcePtr source = co_await elsewhere->co_follow("key", FollowOptions());
    co_await sink->co_commit();
    const Followed followed = co_await co_read_to_the_end(std::move(source));
    expect_all(followed, "");
  };
  scene_.run(co_run(scene_.store(), elsewhere_));
}

/// Follows a writer that ends as `how` says, after some bytes.
template <class End>
Task<Followed> co_follow_to_a_bad_end(StorageProvider& store, ProviderPtr elsewhere, WriteOptions options, End how) {
  SinkPtr sink = co_await store.co_create("key", std::move(options));
  SourcePtr source = co_await elsewhere->co_follow("key", FollowOptions());
  co_await co_write_text(*sink, "some bytes");
  const std::string got = co_await co_read_bytes(*source, 10);
  EXPECT_EQ(got, "some bytes");
  co_await how(sink);
  co_return co_await co_read_to_the_end(std::move(source));
}

TEST_P(Follow, a_writer_that_gives_up_fails_its_followers) {
  const auto co_drop = [](SinkPtr& sink) -> Task<> {
    sink.reset();
    co_return;
  };
  const Followed followed = scene_.run(co_follow_to_a_bad_end(scene_.store(), elsewhere_, live(), co_drop));
  EXPECT_EQ(kind_of(followed), "writer_failed");
  EXPECT_THAT(followed.error->what(), HasSubstr("gave up"));
  EXPECT_THAT(followed.error->what(), HasSubstr("file://"));
  EXPECT_TRUE(scene_.settle());
  EXPECT_THAT(scene_.leftovers(), IsEmpty());
}

TEST_P(Follow, a_writer_whose_disk_is_full_fails_its_followers) {
  LocalScene& scene = scene_;
  const auto co_fail = [&scene](SinkPtr& sink) -> Task<> {
    scene.io()->fail_each("write", ENOSPC);
    std::exception_ptr failed;
    try {
      co_await co_write_text(*sink, sample_bytes(3 * MiB));
      co_await sink->co_commit();
    } catch (const Error&) {
      failed = std::current_exception();
    }
    EXPECT_TRUE(failed);
    sink.reset();
    scene.io()->heal();
  };
  const Followed followed = scene_.run(co_follow_to_a_bad_end(scene_.store(), elsewhere_, live(), co_fail));
  EXPECT_EQ(kind_of(followed), "writer_failed");
}

TEST_P(Follow, a_commit_that_is_refused_fails_the_followers_of_its_bytes) {
  LocalScene& scene = scene_;
  const auto co_lose = [&scene](SinkPtr& sink) -> Task<> {
    co_await scene.store().co_store("key", "came first");
    std::string kind;
    try {
      co_await sink->co_commit();
    } catch (const Error& error) {
      kind = to_string(error.kind());
    }
    EXPECT_EQ(kind, "already_exists");
    sink.reset();
  };
  WriteOptions options = live().if_absent();
  const Followed followed = scene_.run(co_follow_to_a_bad_end(scene_.store(), elsewhere_, std::move(options), co_lose));
  EXPECT_EQ(kind_of(followed), "writer_failed");
  EXPECT_EQ(scene_.get("key"), "came first");
}

Task<> co_two_writers(StorageProvider& store, ProviderPtr elsewhere) {
  SinkPtr first = co_await store.co_create("key", live());
  co_await co_write_text(*first, "first ");
  SourcePtr of_first = co_await elsewhere->co_follow("key", FollowOptions());
  SinkPtr second = co_await store.co_create("key", live());
  co_await co_write_text(*second, "second ");
  SourcePtr of_second = co_await elsewhere->co_follow("key", FollowOptions());
  co_await co_write_text(*first, "and last");
  co_await co_write_text(*second, "and earlier");
  co_await second->co_commit();
  co_await first->co_commit();
  const Followed a = co_await co_read_to_the_end(std::move(of_first));
  expect_all(a, "first and last");
  const Followed b = co_await co_read_to_the_end(std::move(of_second));
  expect_all(b, "second and earlier");
}

TEST_P(Follow, of_two_writers_each_keeps_its_followers_and_the_last_commit_wins) {
  scene_.run(co_two_writers(scene_.store(), elsewhere_));
  EXPECT_EQ(scene_.get("key"), "first and last");
}

Task<> co_replace_and_remove(StorageProvider& store, ProviderPtr elsewhere) {
  SinkPtr sink = co_await store.co_create("key", live());
  const SourcePtr source = co_await elsewhere->co_follow("key", FollowOptions());
  co_await co_write_text(*sink, sample_bytes(3 * MiB));
  const std::string begin = co_await co_read_bytes(*source, MiB);
  co_await sink->co_commit();
  co_await store.co_store("key", "another");
  co_await store.co_remove("key", RemoveOptions());
  const std::string rest = co_await co_read_bytes(*source, 3 * MiB);
  EXPECT_TRUE(begin + rest == sample_bytes(3 * MiB));
}

TEST_P(Follow, a_follower_keeps_the_object_that_it_follows) {
  scene_.run(co_replace_and_remove(scene_.store(), elsewhere_));
}

TEST_P(Follow, what_is_there_is_read_unless_somebody_writes_it_again) {
  const auto co_run = [](StorageProvider& store, ProviderPtr elsewhere) -> Task<> {
    co_await store.co_store("key", "before");
    const Followed before = co_await co_follow(elsewhere, "key", FollowOptions());
    expect_all(before, "before");
    SinkPtr sink = co_await store.co_create("key", live());
    SourcePtr source = co_await elsewhere->co_follow("key", FollowOptions());
    co_await co_write_text(*sink, "after");
    co_await sink->co_commit();
    const Followed after = co_await co_read_to_the_end(std::move(source));
    expect_all(after, "after");
  };
  scene_.run(co_run(scene_.store(), elsewhere_));
}

Task<> co_ranges(StorageProvider& store, ProviderPtr elsewhere) {
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto ranged = [](ByteRange range) { return FollowOptions().range(range); };
  SinkPtr sink = co_await store.co_create("key", live());
  co_await co_write_text(*sink, "0123456789");
  FollowOptions middle = ranged(ByteRange::of(2, 3));
  const Followed bounded = co_await co_follow(elsewhere, "key", std::move(middle));
  expect_all(bounded, "234");  // Before the commit.
  std::vector<Started<Followed>> waiting;
  for (const ByteRange& range :
       {ByteRange::from(8), ByteRange::last(4), ByteRange::of(10, 100), ByteRange::from(12), ByteRange::from(14)}) {
    waiting.push_back(start(executor, co_follow(elsewhere, "key", ranged(range))));
  }
  co_await co_write_text(*sink, "abc");
  // They have begun: else they would read the object.
  const SourcePtr probe = co_await elsewhere->co_follow("key", FollowOptions());
  co_await sink->co_commit();
  std::vector<std::string> came;
  for (Started<Followed>& follower : waiting) {
    const Followed followed = co_await follower.co_result();
    came.push_back(followed.error ? kind_of(followed) : followed.bytes);
  }
  const std::vector<std::string> expected = {"89abc", "9abc", "abc", "c", "range_not_satisfiable"};
  EXPECT_EQ(came, expected);
}

TEST_P(Follow, a_range_waits_for_its_bytes) { scene_.run(co_ranges(scene_.store(), elsewhere_)); }

Task<> co_ask_for_what_is_behind(StorageProvider& store, ProviderPtr elsewhere, std::string bytes,
                                 std::vector<ByteRange> ranges, std::vector<std::string> expected) {
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto ranged = [](ByteRange range) { return FollowOptions().range(range); };
  SinkPtr sink = co_await store.co_create("key", live());
  co_await co_write_text(*sink, bytes);
  std::vector<Started<Followed>> waiting;
  for (const ByteRange& range : ranges) waiting.push_back(start(executor, co_follow(elsewhere, "key", ranged(range))));
  const SourcePtr probe = co_await elsewhere->co_follow("key", FollowOptions());
  co_await sink->co_commit();
  std::vector<std::string> came;
  for (Started<Followed>& follower : waiting) {
    const Followed followed = co_await follower.co_result();
    came.push_back(followed.error ? kind_of(followed) : followed.bytes);
  }
  EXPECT_EQ(came, expected);
  came.clear();
  for (const ByteRange& range : ranges) {
    FollowOptions options = ranged(range);
    const Followed followed = co_await co_follow(elsewhere, "key", std::move(options));
    came.push_back(followed.error ? kind_of(followed) : followed.bytes);
  }
  EXPECT_EQ(came, expected) << "finished";
}

TEST_P(Follow, who_has_all_bytes_may_ask_for_what_comes_behind_them) {
  const std::string none = "range_not_satisfiable";
  scene_.run(co_ask_for_what_is_behind(
      scene_.store(), elsewhere_, "abc",
      {ByteRange::from(3), ByteRange::from(4), ByteRange::of(3, 1), ByteRange::from(2), ByteRange::of(3, 0)},
      {"", none, none, "c", none}));
  scene_.run(co_ask_for_what_is_behind(scene_.store(), elsewhere_, "",
                                       {ByteRange::from(0), ByteRange::from(1), ByteRange::last(2)}, {"", none, none}));
}

TEST_P(Follow, who_has_no_patience_is_told_that_nobody_writes) {
  const Followed followed = scene_.run(co_follow(elsewhere_, "key", FollowOptions().patience(std::chrono::seconds(0))));
  EXPECT_EQ(kind_of(followed), "timed_out");
  EXPECT_FALSE(fs::exists(scene_.path())) << "waiting makes no store";
  scene_.put("other", "x");
  EXPECT_EQ(kind_of(scene_.run(co_follow(elsewhere_, "key", FollowOptions().patience(std::chrono::milliseconds(1))))),
            "timed_out");
}

bool says_that_it_waits(const std::vector<std::string>& lines) {
  return std::ranges::any_of(lines, [](const std::string& line) { return line.ends_with("waiting"); });
}

TEST_P(Follow, who_has_to_wait_is_told_so) {
  const auto co_run = [](LocalScene& told, ProviderPtr elsewhere) -> Task<> {
    const auto executor = co_await boost::asio::this_coro::executor;
    Started<Followed> follower = start(executor, co_follow(elsewhere, "key", FollowOptions()));
    while (!says_that_it_waits(told.lines())) co_await boost::asio::post(executor, boost::asio::deferred);
    co_await told.store().co_store("key", "bytes");
    const Followed followed = co_await follower.co_result();
    expect_all(followed, "bytes");
  };
  scene_.run(co_run(scene_, elsewhere_));
}

TEST_P(Follow, a_waiting_follower_can_be_cancelled) {
  const auto co_run = [](StorageProvider& store, ProviderPtr elsewhere) -> Task<> {
    SinkPtr sink = co_await store.co_create("key", live());
    const SourcePtr source = co_await elsewhere->co_follow("key", FollowOptions());
    std::string kind;
    try {
      co_await with_deadline(source->co_read(), std::chrono::milliseconds(1));
    } catch (const Error& error) {
      kind = to_string(error.kind());
    }
    EXPECT_EQ(kind, "timed_out");
    co_await co_write_text(*sink, "on");
    const std::string got = co_await co_read_bytes(*source, 2);
    EXPECT_EQ(got, "on");
    co_await sink->co_commit();
  };
  scene_.run(co_run(scene_.store(), elsewhere_));
}

TEST_P(Follow, without_watches_the_writer_is_asked_now_and_then) {
  for (const char* step : {"open a watch for", "watch"}) {
    scene_.io()->fail_each(step, EMFILE);
    scene_.run(co_write_step_by_step(scene_.store(), elsewhere_, {30, 2 * MiB, 5}));
    scene_.run(scene_.store().co_remove("key", RemoveOptions()));
    scene_.io()->heal();
  }
}

TEST_P(Follow, a_writer_that_cannot_tell_its_followers_stores_all_the_same) {
  const auto co_run = [](StorageProvider& store, ProviderPtr elsewhere) -> Task<> {
    SinkPtr sink = co_await store.co_create("key", live());
    SourcePtr source = co_await elsewhere->co_follow("key", FollowOptions());
    co_await co_write_text(*sink, sample_bytes(2 * MiB + 3));
    co_await sink->co_commit();
    const Followed followed = co_await co_read_to_the_end(std::move(source));
    expect_all(followed, sample_bytes(2 * MiB + 3));
  };
  scene_.io()->fail_each("tell the followers of", EIO);
  scene_.run(co_run(scene_.store(), elsewhere_));
}

TEST_P(Follow, bytes_that_another_program_changed_are_noticed_at_the_end) {
  const fs::path hidden = scene_.path() / ".coffer/tmp";
  const auto co_run = [](StorageProvider& store, ProviderPtr elsewhere, fs::path folder) -> Task<Followed> {
    SinkPtr sink = co_await store.co_create("key", live());
    co_await co_write_text(*sink, "bytes");
    const SourcePtr first = co_await elsewhere->co_follow("key", FollowOptions());
    const std::string seen = co_await co_read_bytes(*first, 5);
    EXPECT_EQ(seen, "bytes");
    for (const auto& entry : fs::directory_iterator(folder)) std::ofstream(entry.path(), std::ios::in) << "x";
    SourcePtr second = co_await elsewhere->co_follow("key", FollowOptions());
    co_await sink->co_commit();
    co_return co_await co_read_to_the_end(std::move(second));
  };
  EXPECT_EQ(kind_of(scene_.run(co_run(scene_.store(), elsewhere_, hidden))), "corrupt");
}

TEST_P(Follow, gc_takes_nothing_of_a_living_writer) {
  const auto co_begin = [](StorageProvider& store) -> Task<SinkPtr> {
    co_return co_await store.co_create("key", live());
  };
  SinkPtr sink = scene_.run(co_begin(scene_.store()));
  EXPECT_THAT(scene_.leftovers(false), IsEmpty());
  scene_.run(sink->co_commit());
  EXPECT_EQ(scene_.get("key"), "");
}

TEST_P(Follow, what_is_in_the_way_among_the_announcements_is_no_writer) {
  scene_.put("other", "x");
  const fs::path folder = scene_.path() / ".coffer/live";
  fs::create_directories(folder);
  std::ofstream(folder / "e3069283-0") << "not a record";
  fs::create_symlink("/etc/passwd", folder / "e3069283-1");
  fs::create_directory(folder / "e3069283-2");
  EXPECT_EQ(kind_of(scene_.run(co_follow(elsewhere_, "123456789", FollowOptions().patience(std::chrono::seconds(0))))),
            "timed_out");
}

TEST_P(Follow, a_malformed_key_is_refused) {
  EXPECT_EQ(kind_of(scene_.run(co_follow(elsewhere_, "../x", FollowOptions()))), "invalid_argument");
  EXPECT_EQ(kind_of(scene_.run(co_follow(elsewhere_, ".coffer/tmp/x", FollowOptions()))), "invalid_argument");
}

INSTANTIATE_TEST_SUITE_P(On, Follow,
                         ::testing::Values(Setting{"uring_own_thread", test::LoopKind::own_thread, "uring",
                                                   fs::temp_directory_path()},
                                           Setting{"threads_attached", test::LoopKind::attached_to_three_threads,
                                                   "threads", fs::temp_directory_path()},
                                           Setting{"in_memory", test::LoopKind::two_own_threads, "uring", "/dev/shm"}),
                         [](const auto& info) { return info.param.name; });

/// Writer and follower of one object, each of which may fail.
Task<Followed> co_write_and_follow(StorageProvider& store, ProviderPtr elsewhere, std::string bytes) {
  const auto executor = co_await boost::asio::this_coro::executor;
  SinkPtr sink = co_await store.co_create("a/key", live());
  Started<Followed> follower = start(executor, co_follow(elsewhere, "a/key", FollowOptions()));
  std::exception_ptr failed;
  try {
    co_await co_write_text(*sink, bytes.substr(0, 70'000));
    co_await co_write_text(*sink, bytes.substr(70'000));
    co_await sink->co_commit();
  } catch (const Error&) {
    failed = std::current_exception();
  }
  sink.reset();
  Followed followed = co_await follower.co_result();
  if (failed) {
    // A commit whose outcome is not known may have been seen by a follower that came late.
    std::string kind;
    try {
      std::rethrow_exception(failed);
    } catch (const Error& error) {
      kind = to_string(error.kind());
    }
    EXPECT_TRUE(followed.error || kind == "outcome_unknown") << "the writer failed, and its follower was not told";
    std::rethrow_exception(failed);
  }
  co_return std::move(followed);
}

TEST(FollowEveryFailure, ends_with_all_bytes_or_an_error) {
  const std::string bytes = sample_bytes(2 * MiB + 300);
  FailingVerb<LocalScene> verb;
  verb.name = "follow";
  verb.prepare = [](LocalScene&) {};
  verb.perform = [&bytes](LocalScene& scene) {
    const ProviderPtr elsewhere = make_local_provider(scene.runtime(), scene.io(), LocalConfig(scene.path()));
    const Followed followed = scene.run(co_write_and_follow(scene.store(), elsewhere, bytes));
    if (followed.error) throw Error(*followed.error);
    EXPECT_TRUE(followed.bytes == bytes);
  };
  verb.check = [](LocalScene& scene, const std::optional<Error>&) {
    scene.open();
    EXPECT_THAT(scene.leftovers(), IsEmpty());
  };
  test::fail_each_step_once<LocalScene>(
      verb, [] { return std::make_unique<LocalScene>(test::LoopKind::own_thread, "threads", "/dev/shm"); });
}

}  // namespace
}  // namespace coffer
