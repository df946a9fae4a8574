#include <coffer/conformance/provider_contract.hpp>
#include <coffer/providers/memory.hpp>
#include <coffer/storage/provider.hpp>
#include <coffer/stream/memory_source.hpp>
#include <gtest/gtest.h>

#include "fakes/faulty_provider.hpp"
#include "support/test_loop.hpp"
#include "support/thrown_error.hpp"

namespace coffer {
namespace {

using test::error_of;

/// The calls that a provider need not write itself, on top of the six that it must.
struct OnlySixCallsMaker {
  ProviderPtr make(Runtime& runtime) {
    return test::make_faulty_provider(runtime, make_memory_provider(runtime), std::make_shared<test::Faults>());
  }
};

COFFER_INSTANTIATE_PROVIDER_CONTRACT(OnlySixCalls, OnlySixCallsMaker);

class ProviderTest : public testing::Test {
 protected:
  test::TestLoop loop_{test::LoopKind::own_thread};
  std::shared_ptr<test::Faults> faults_ = std::make_shared<test::Faults>();
  ProviderPtr store_ = test::make_faulty_provider(loop_.runtime(), make_memory_provider(loop_.runtime()), faults_);
};

TEST_F(ProviderTest, an_object_too_large_to_load_is_not_read_at_all) {
  loop_.run(store_->co_store("key", std::string(1000, 'b')));
  const Error error = error_of([&] { loop_.run(store_->co_load("key", ReadOptions().max_bytes(999))); });
  EXPECT_EQ(error.kind(), ErrorKind::too_large);
  EXPECT_EQ(error.uri(), "mem://default/key");
  EXPECT_EQ(faults_->calls("open"), 1U);
  EXPECT_EQ(faults_->calls("read"), 0U);
}

TEST_F(ProviderTest, what_is_loaded_takes_no_more_memory_than_it_has_bytes) {
  const std::size_t size = (std::size_t{5} << 20U) + 3;
  loop_.run(store_->co_store("key", std::string(size, 'b')));
  const std::string loaded = loop_.run(store_->co_load("key"));
  EXPECT_EQ(loaded.size(), size);
  EXPECT_LE(loaded.capacity(), size + 64);
}

TEST_F(ProviderTest, a_string_is_stored_through_buffers_of_the_sink) {
  loop_.run(store_->co_store("key", std::string(std::size_t{5} << 20U, 'b')));
  EXPECT_GE(faults_->calls("buffer"), 2U);
  EXPECT_EQ(faults_->calls("buffer"), faults_->calls("write"));
  EXPECT_LE(loop_.runtime().pool().use().peak, std::size_t{4} << 20U) << "a store held more than its last buffer";
}

TEST_F(ProviderTest, a_source_gives_its_content_type_where_none_is_named) {
  auto stored = loop_.run(store_->co_store("key", make_memory_source("bytes", "text/x-odd")));
  EXPECT_EQ(stored.content_type, "text/x-odd");
  stored =
      loop_.run(store_->co_store("key", make_memory_source("bytes", "text/x-odd"), WriteOptions().content_type("a/b")));
  EXPECT_EQ(stored.content_type, "a/b");
  stored = loop_.run(store_->co_store("key.mp4", make_memory_source("bytes")));
  EXPECT_EQ(stored.content_type, "video/mp4");
}

TEST_F(ProviderTest, part_of_an_object_is_stored_from_a_source_over_a_range) {
  loop_.run(store_->co_store("key", "abcdefgh"));
  SourcePtr middle = loop_.run(store_->co_open("key", ReadOptions().range(ByteRange::of(2, 3))));
  EXPECT_EQ(loop_.run(store_->co_store("part", std::move(middle))).size, 3U);
  EXPECT_EQ(loop_.run(store_->co_load("part")), "cde");
}

TEST_F(ProviderTest, every_call_that_fails_leaves_nothing_stored_and_can_be_repeated) {
  const std::string bytes(std::size_t{3} << 20U, 'b');
  for (const char* verb : {"create", "buffer", "write", "commit"}) {
    faults_->fail(verb, 1, Error(ErrorKind::io, std::string("planted in ") + verb));
    const Error error = error_of([&] { loop_.run(store_->co_store("key", bytes)); });
    EXPECT_EQ(error.kind(), ErrorKind::io) << verb;
    EXPECT_FALSE(loop_.run(store_->co_head("key"))) << verb;
  }
  loop_.run(store_->co_store("key", bytes));
  for (const char* verb : {"open", "read"}) {
    faults_->fail(verb, 1, Error(ErrorKind::io, "planted"));
    EXPECT_EQ(error_of([&] { loop_.run(store_->co_load("key")); }).kind(), ErrorKind::io) << verb;
  }
  EXPECT_TRUE(loop_.run(store_->co_load("key")) == bytes);
  EXPECT_EQ(loop_.runtime().pool().use().granted, 0U);
}

}  // namespace
}  // namespace coffer
