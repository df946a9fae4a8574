#include <regex>
#include <set>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <coffer/providers/memory.hpp>
#include <coffer/storage/storage.hpp>
#include <coffer/stream/memory_source.hpp>
#include <gtest/gtest.h>

#include "fakes/faulty_provider.hpp"
#include "support/test_loop.hpp"
#include "support/thrown_error.hpp"

namespace coffer {
namespace {

using test::error_of;

class StorageTest : public testing::Test {
 protected:
  StorageTest() {
    faulty_ = test::make_faulty_provider(loop_.runtime(), memory("faulty"), faults_);
    ProviderRegistry registry;
    registry.add_active(memory("active")).add(memory("other")).add(faulty_);
    storage_.emplace(loop_.runtime(), registry);
  }

  ProviderPtr memory(std::string name) {
    return make_memory_provider(loop_.runtime(), MemoryConfig().name(std::move(name)));
  }

  test::TestLoop loop_{test::LoopKind::own_thread};
  std::shared_ptr<test::Faults> faults_ = std::make_shared<test::Faults>();
  ProviderPtr faulty_;
  std::optional<Storage> storage_;
};

TEST_F(StorageTest, a_uri_picks_the_store) {
  loop_.run(storage_->co_store_at(Uri("mem://active/key"), "in active"));
  loop_.run(storage_->co_store_at(Uri("mem://other/key"), "in other"));
  EXPECT_EQ(loop_.run(storage_->co_load(Uri("mem://active/key"))), "in active");
  EXPECT_EQ(loop_.run(storage_->co_load(Uri("mem://other/key"))), "in other");
  EXPECT_FALSE(loop_.run(storage_->co_head(Uri("mem://faulty/key"))));
}

TEST_F(StorageTest, what_is_stored_without_a_name_is_named_by_the_active_store) {
  const std::regex name("mem://active/[A-Za-z0-9_-]{28}\\.mp4");
  const Stored bytes = loop_.run(storage_->co_store("bytes", WriteOptions().content_type("video/mp4")));
  EXPECT_TRUE(std::regex_match(bytes.uri.text(), name)) << bytes.uri.text();
  EXPECT_EQ(loop_.run(storage_->co_load(bytes.uri)), "bytes");
  const Stored streamed = loop_.run(storage_->co_store(make_memory_source("bytes", "video/mp4")));
  EXPECT_TRUE(std::regex_match(streamed.uri.text(), name)) << streamed.uri.text();
  const SinkPtr sink = loop_.run(storage_->co_create(WriteOptions().content_type("video/mp4")));
  const Stored empty = loop_.run(sink->co_commit());
  EXPECT_TRUE(std::regex_match(empty.uri.text(), name)) << empty.uri.text();
}

TEST_F(StorageTest, an_object_of_a_chosen_name_is_in_the_active_store) {
  const Uri uri = storage_->uri_of("films/a b.mp4");
  EXPECT_EQ(uri.text(), "mem://active/films/a%20b.mp4");
  loop_.run(storage_->co_store_at(uri, "film"));
  EXPECT_EQ(loop_.run(storage_->co_load(uri)), "film");
}

TEST_F(StorageTest, names_are_never_given_twice_and_begin_with_the_prefix_asked_for) {
  std::set<Uri> names;
  for (int i = 0; i < 1000; ++i) {
    const Uri uri = storage_->new_uri(WriteOptions().prefix("run 7/"));
    EXPECT_EQ(uri.key_below(Uri("mem://active")).substr(0, 6), "run 7/");
    names.insert(uri);
  }
  EXPECT_EQ(names.size(), 1000U);
}

class Noon final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return std::chrono::system_clock::time_point(hours); }
  std::chrono::steady_clock::time_point steady_now() const override { return {}; }
  std::chrono::hours hours{12};
};

TEST(StorageNames, sort_by_the_clock_of_the_runtime) {
  const auto clock = std::make_shared<Noon>();
  Runtime runtime(RuntimeConfig().clock(clock));
  ProviderRegistry registry;
  registry.add_active(make_memory_provider(runtime));
  Storage storage(runtime, registry);
  std::vector<Uri> names;
  for (int i = 0; i < 10; ++i) {
    names.push_back(storage.new_uri({}));
    clock->hours += std::chrono::hours(1);
  }
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
}

TEST_F(StorageTest, without_an_active_store_a_name_must_be_given) {
  ProviderRegistry registry;
  registry.add(memory("passive"));
  Storage storage(loop_.runtime(), registry);
  const Error error = error_of([&] { loop_.run(storage.co_store("bytes")); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_NE(error.message().find("add_active"), std::string::npos) << error.what();
  EXPECT_EQ(loop_.run(storage.co_store_at(Uri("mem://passive/key"), "bytes")).size, 5U);
}

TEST_F(StorageTest, an_error_tells_the_verb_and_the_uri) {
  const Error missing = error_of([&] { loop_.run(storage_->co_open(Uri("mem://active/absent"))); });
  EXPECT_EQ(missing.kind(), ErrorKind::not_found);
  EXPECT_EQ(missing.operation(), "open");
  EXPECT_EQ(missing.uri(), "mem://active/absent");
  const Error unserved = error_of([&] { loop_.run(storage_->co_load(Uri("mem://nobody/key"))); });
  EXPECT_EQ(unserved.kind(), ErrorKind::not_found);
  EXPECT_EQ(unserved.operation(), "load");
  faults_->fail("create", 1, Error(ErrorKind::no_space, "planted"));
  const Error planted = error_of([&] { loop_.run(storage_->co_store_at(Uri("mem://faulty/key"), "bytes")); });
  EXPECT_EQ(planted.kind(), ErrorKind::no_space);
  EXPECT_EQ(planted.operation(), "store");
  EXPECT_EQ(planted.uri(), "mem://faulty/key");
}

TEST_F(StorageTest, a_whole_store_is_no_object) {
  const Uri root("mem://active");
  for (const Uri& uri : {root, Uri("mem://active/")}) {
    EXPECT_EQ(error_of([&] { loop_.run(storage_->co_load(uri)); }).kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(error_of([&] { loop_.run(storage_->co_head(uri)); }).kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(error_of([&] { loop_.run(storage_->co_create(uri)); }).kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(error_of([&] { loop_.run(storage_->co_remove(uri)); }).kind(), ErrorKind::invalid_argument);
  }
}

TEST_F(StorageTest, a_whole_store_is_listed_and_removed_recursively) {
  for (const char* key : {"a", "b/c"}) loop_.run(storage_->co_store_at(Uri("mem://active").join(key), "bytes"));
  const ListerPtr lister = loop_.run(storage_->co_list(Uri("mem://active")));
  EXPECT_EQ(loop_.run(lister->co_next()).size(), 2U);
  const ListerPtr some = loop_.run(storage_->co_list(Uri("mem://active/b/")));
  EXPECT_EQ(loop_.run(some->co_next()).size(), 1U);
  loop_.run(storage_->co_remove(Uri("mem://active/"), RemoveOptions().recursive()));
  const ListerPtr after = loop_.run(storage_->co_list(Uri("mem://active/")));
  EXPECT_TRUE(loop_.run(after->co_next()).empty());
}

TEST_F(StorageTest, a_copy_between_stores_takes_everything_along) {
  const Uri from("mem://active/from.txt");
  const Uri to("mem://other/to.mp3");
  const std::string bytes((std::size_t{3} << 20U) + 1, 'b');
  loop_.run(storage_->co_store_at(from, bytes, WriteOptions().content_type("video/x-odd").metadata("key", "value")));
  EXPECT_EQ(loop_.run(storage_->co_copy(from, to)).uri, to);
  const auto info = loop_.run(storage_->co_head(to));
  EXPECT_EQ(info->content_type, "video/x-odd");
  EXPECT_EQ(info->metadata, (Metadata{{"key", "value"}}));
  EXPECT_TRUE(loop_.run(storage_->co_load(to)) == bytes);
  loop_.run(storage_->co_copy(from, to, WriteOptions().content_type("text/plain")));
  EXPECT_EQ(loop_.run(storage_->co_head(to))->content_type, "text/plain");
}

TEST_F(StorageTest, a_copy_that_fails_half_way_leaves_nothing) {
  const Uri from("mem://active/from");
  const Uri to("mem://faulty/to");
  loop_.run(storage_->co_store_at(from, std::string(std::size_t{3} << 20U, 'b')));
  faults_->fail("write", 2, Error(ErrorKind::no_space, "planted"));
  const Error error = error_of([&] { loop_.run(storage_->co_copy(from, to)); });
  EXPECT_EQ(error.kind(), ErrorKind::no_space);
  EXPECT_EQ(error.operation(), "copy");
  EXPECT_FALSE(loop_.run(storage_->co_head(to)));
}

TEST_F(StorageTest, random_access_goes_through_too) {
  const Uri uri("mem://active/key");
  loop_.run(storage_->co_store_at(uri, "abcdef"));
  const ObjectPtr object = loop_.run(storage_->co_object(uri));
  EXPECT_EQ(loop_.run(object->co_read_at(ByteRange::of(2, 2))).text(), "cd");
}

TEST_F(StorageTest, a_store_that_cannot_be_followed_says_so) {
  const Uri uri("mem://active/key");
  const Error follow = error_of([&] { loop_.run(storage_->co_follow(uri)); });
  EXPECT_EQ(follow.kind(), ErrorKind::unsupported);
  EXPECT_EQ(follow.operation(), "follow");
  EXPECT_EQ(follow.uri(), "mem://active/key");
  const auto refused = [&](auto call) { EXPECT_EQ(error_of(call).kind(), ErrorKind::unsupported); };
  refused([&] { loop_.run(storage_->co_create(uri, WriteOptions().live())); });
  refused([&] { loop_.run(storage_->co_store_at(uri, "bytes", WriteOptions().live())); });
  refused([&] { loop_.run(storage_->co_store_at(uri, make_memory_source("bytes"), WriteOptions().live())); });
  loop_.run(storage_->co_store_at(uri, "bytes"));
  refused([&] { loop_.run(storage_->co_copy(uri, Uri("mem://other/key"), WriteOptions().live())); });
}

TEST(StorageCancellation, surfaces_as_an_error_of_its_own_kind) {
  boost::asio::io_context loop;
  Runtime runtime(loop);
  const auto faults = std::make_shared<test::Faults>();
  ProviderRegistry registry;
  registry.add(test::make_faulty_provider(runtime, make_memory_provider(runtime), faults));
  Storage storage(runtime, registry);
  for (const char* verb : {"create", "buffer", "write", "commit"}) {
    faults->hold(verb, 1);
    boost::asio::cancellation_signal signal;
    std::exception_ptr failed;
    boost::asio::co_spawn(loop, storage.co_store_at(Uri("mem://default/key"), "bytes"),
                          boost::asio::bind_cancellation_slot(
                              signal.slot(), [&](std::exception_ptr error, const Stored&) { failed = error; }));
    boost::asio::co_spawn(loop, faults->co_held(),
                          [&](std::exception_ptr) { signal.emit(boost::asio::cancellation_type::terminal); });
    loop.restart();
    loop.run();
    ASSERT_TRUE(failed) << verb;
    try {
      std::rethrow_exception(failed);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::cancelled) << error.what();
      EXPECT_EQ(error.uri(), "mem://default/key");
    }
  }
}

}  // namespace
}  // namespace coffer
