#include <coffer/async/runtime.hpp>
#include <coffer/providers/memory.hpp>
#include <coffer/stream/pump.hpp>
#include <gtest/gtest.h>

#include "support/test_loop.hpp"

namespace coffer {
namespace {

constexpr std::size_t MiB = std::size_t{1} << 20U;

template <class Call>
ErrorKind kind_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorKind::unsupported;
}

class MemoryProviderTest : public testing::Test {
 protected:
  ProviderPtr store(std::uint64_t capacity) {
    return make_memory_provider(loop_.runtime(), MemoryConfig().name("small").capacity(capacity));
  }
  bool fits(StorageProvider& store, const std::string& key, std::size_t size) {
    try {
      loop_.run(store.co_store(key, std::string(size, 'b')));
      return true;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::no_space) << error.what();
      EXPECT_FALSE(loop_.run(store.co_head(key)));
      return false;
    }
  }
  /// Writes into memory that readers share, as a faulty program would.
  void damage(StorageProvider& store, const std::string& key) {
    const SourcePtr source = loop_.run(store.co_open(key, {}));
    const std::optional<Chunk> chunk = loop_.run(source->co_read(1));
    *const_cast<std::byte*>(chunk->data()) ^= std::byte{1};
  }

  test::TestLoop loop_{test::LoopKind::own_thread};
};

TEST_F(MemoryProviderTest, objects_are_at_the_authority_that_was_named) {
  EXPECT_EQ(store(1)->root(), Uri("mem://small"));
  EXPECT_EQ(make_memory_provider(loop_.runtime())->uri_of("a b"), Uri("mem://default/a%20b"));
}

TEST_F(MemoryProviderTest, more_than_its_capacity_is_refused) {
  const ProviderPtr small = store(1000);
  EXPECT_TRUE(fits(*small, "a", 600));
  EXPECT_FALSE(fits(*small, "b", 401));
  EXPECT_TRUE(fits(*small, "c", 400));
  EXPECT_TRUE(fits(*small, "nothing", 0));
  loop_.run(small->co_remove("a", {}));
  EXPECT_TRUE(fits(*small, "b", 600));
}

TEST_F(MemoryProviderTest, a_large_object_is_refused_and_leaves_its_room_free) {
  const ProviderPtr small = store(5 * MiB);
  EXPECT_FALSE(fits(*small, "large", 5 * MiB + 1));
  EXPECT_TRUE(fits(*small, "fits", 5 * MiB));
}

TEST_F(MemoryProviderTest, what_was_replaced_takes_room_until_its_readers_are_gone) {
  const ProviderPtr small = store(1000);
  ASSERT_TRUE(fits(*small, "key", 400));
  SourcePtr reader = loop_.run(small->co_open("key", {}));
  ASSERT_TRUE(fits(*small, "key", 300));
  EXPECT_FALSE(fits(*small, "other", 400));
  reader.reset();
  EXPECT_TRUE(fits(*small, "other", 400));
}

TEST_F(MemoryProviderTest, a_copy_takes_no_room) {
  const ProviderPtr small = store(1000);
  ASSERT_TRUE(fits(*small, "key", 900));
  loop_.run(small->co_copy("key", "copy", {}));
  EXPECT_EQ(loop_.run(small->co_load("copy")).size(), 900U);
  loop_.run(small->co_remove("key", {}));
  EXPECT_FALSE(fits(*small, "other", 900)) << "the copy still has the bytes";
  loop_.run(small->co_remove("copy", {}));
  EXPECT_TRUE(fits(*small, "other", 900));
}

TEST_F(MemoryProviderTest, a_dropped_sink_gives_its_room_back) {
  const ProviderPtr small = store(2 * MiB);
  SinkPtr sink = loop_.run(small->co_create("key", {}));
  Buffer buffer = loop_.run(sink->co_buffer(MiB));
  loop_.run(sink->co_write(std::move(buffer).share(MiB)));
  EXPECT_FALSE(fits(*small, "other", 2 * MiB));
  sink.reset();
  EXPECT_TRUE(fits(*small, "other", 2 * MiB));
}

TEST_F(MemoryProviderTest, a_chunk_read_is_the_stores_own_memory_and_not_the_budgets) {
  const ProviderPtr memory = make_memory_provider(loop_.runtime());
  loop_.run(memory->co_store("key", std::string(MiB, 'b')));
  const SourcePtr one = loop_.run(memory->co_open("key", {}));
  const SourcePtr other = loop_.run(memory->co_open("key", {}));
  const auto first = loop_.run(one->co_read(0));
  const auto same = loop_.run(other->co_read(0));
  EXPECT_EQ(first->data(), same->data());
  EXPECT_EQ(loop_.runtime().pool().use().granted, 0U);
}

TEST_F(MemoryProviderTest, a_changed_byte_is_found_before_the_last_chunk_is_given) {
  const ProviderPtr memory = make_memory_provider(loop_.runtime());
  loop_.run(memory->co_store("key", std::string(3 * MiB, 'b')));
  damage(*memory, "key");
  const SourcePtr source = loop_.run(memory->co_open("key", {}));
  std::size_t got = 0;
  EXPECT_EQ(kind_of([&] {
              while (const auto chunk = loop_.run(source->co_read(0))) got += chunk->size();
            }),
            ErrorKind::corrupt);
  EXPECT_LT(got, 3 * MiB);
  EXPECT_EQ(kind_of([&] { loop_.run(source->co_read(0)); }), ErrorKind::corrupt) << "asked again, it is no end";
  EXPECT_EQ(kind_of([&] { loop_.run(memory->co_load("key")); }), ErrorKind::corrupt);
}

TEST_F(MemoryProviderTest, what_is_read_in_part_or_unverified_is_not_checked) {
  const ProviderPtr memory = make_memory_provider(loop_.runtime());
  loop_.run(memory->co_store("key", std::string(3 * MiB, 'b')));
  damage(*memory, "key");
  EXPECT_EQ(loop_.run(memory->co_load("key", ReadOptions().verify(false))).size(), 3 * MiB);
  EXPECT_EQ(loop_.run(memory->co_load("key", ReadOptions().range(ByteRange::from(1)))).size(), 3 * MiB - 1);
  const SourcePtr unverified = loop_.run(memory->co_open("key", ReadOptions().verify(false)));
  const SourcePtr again = loop_.run(unverified->co_reopen(ByteRange::whole()));
  while (loop_.run(again->co_read(0))) continue;
  EXPECT_EQ(kind_of([&] { loop_.run(memory->co_load("key", ReadOptions().range(ByteRange::from(0)))); }),
            ErrorKind::corrupt)
      << "all of it, whichever way that was said";
}

TEST_F(MemoryProviderTest, an_object_needs_a_name) {
  const ProviderPtr memory = make_memory_provider(loop_.runtime());
  EXPECT_EQ(kind_of([&] { loop_.run(memory->co_create("", {})); }), ErrorKind::invalid_argument);
}

TEST_F(MemoryProviderTest, what_is_written_can_be_read_at_once) {
  const ProviderPtr memory = make_memory_provider(loop_.runtime());
  const SinkPtr sink = loop_.run(memory->co_create("key", {}));
  const auto readback = sink->readback();
  BudgetShare share = loop_.runtime().pool().open_share("test");
  loop_.run(sink->co_write(Chunk(nullptr, std::as_bytes(std::span("abc", 3)))));
  EXPECT_EQ(readback->readable(), 3U);
  EXPECT_EQ(loop_.run(readback->co_read_at(share, 1, 100)).text(), "bc");
  loop_.run(sink->co_write(Chunk(nullptr, std::as_bytes(std::span("defgh", 5)))));
  EXPECT_EQ(readback->readable(), 8U);
}

TEST_F(MemoryProviderTest, many_small_calls_in_a_row_let_others_run) {
  boost::asio::io_context loop;
  Runtime runtime(loop);
  const ProviderPtr memory = make_memory_provider(runtime);
  bool ended = false;
  bool others_ran = false;
  bool others_were_first = false;
  boost::asio::co_spawn(
      loop,
      [](StorageProvider& store) -> Task<> {
        for (int i = 0; i < 1000; ++i) co_await store.co_store("key", "bytes");
      }(*memory),
      [&](std::exception_ptr error) {
        EXPECT_FALSE(error);
        ended = true;
        others_were_first = others_ran;
      });
  boost::asio::co_spawn(loop, []() -> Task<> { co_return; }(), [&](std::exception_ptr) { others_ran = true; });
  loop.run();
  EXPECT_TRUE(ended);
  EXPECT_TRUE(others_were_first);
}

}  // namespace
}  // namespace coffer
