#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <coffer/base/literals.hpp>
#include <coffer/storage/storage.hpp>
#include <gtest/gtest.h>

#include "fakes/blind_provider.hpp"
#include "fakes/faulty_provider.hpp"
#include "storage/cache_entries.hpp"
#include "storage/prefetch_fixture.hpp"
#include "support/sample_bytes.hpp"

namespace coffer {
namespace {

using test::sample_bytes;

/// Of what is read ahead the copies on disk.
class DiskCopies : public test::PrefetchFixture {};

TEST_P(DiskCopies, another_process_finds_it_on_the_same_disk) {
  const std::string text = sample_bytes(large);
  put("a", text);
  prefetch("a");
  open(cache_limit);
  EXPECT_TRUE(load("a") == text);
  EXPECT_EQ(prefetch("a").on_disk, large);
  EXPECT_EQ(opened(), 1U);
}

TEST_P(DiskCopies, a_cache_that_cannot_be_read_before_a_commit_keeps_nothing) {
  put("a", sample_bytes(large));
  Runtime& runtime = loop_.runtime();
  ProviderRegistry registry;
  registry.add_active(std::make_shared<test::BlindProvider>(runtime, origin_));
  auto blind = std::make_shared<test::BlindProvider>(runtime, kept_);
  Storage storage(runtime, std::move(registry), nullptr, nullptr,
                  make_disk_cache(runtime, std::move(blind), cache_limit));
  const Prefetched done = loop_.run(storage.co_prefetch(uri("a")));
  EXPECT_EQ(done.on_disk, 0U);
  EXPECT_GT(done.in_memory, 0U);
}

Task<> co_count_and_look(int& calls, ProviderPtr store) {
  ++calls;
  co_await store->co_head("what killed writers left");
}

TEST_P(DiskCopies, a_tidying_that_was_cancelled_is_done_by_the_next) {
  put("a", sample_bytes(large));
  Runtime& runtime = loop_.runtime();
  int calls = 0;
  const ProviderPtr near = test::make_faulty_provider(runtime, kept_, near_);
  const CacheTidy tidy = [&calls, near] { return co_count_and_look(calls, near); };
  ProviderRegistry registry;
  registry.add_active(
      test::make_faulty_provider(runtime, std::make_shared<test::BlindProvider>(runtime, origin_), far_));
  storage_.emplace(runtime, std::move(registry), nullptr, nullptr, make_disk_cache(runtime, near, cache_limit, tidy));
  near_->hold("head", 2);  // The first looks for a copy.
  EXPECT_EQ(cancel_when_held(*near_).kind(), ErrorKind::cancelled);
  near_->release();
  EXPECT_EQ(prefetch("a").on_disk, large);
  EXPECT_EQ(calls, 2);
}

TEST_P(DiskCopies, a_cache_that_fails_is_not_used_and_fails_nothing) {
  const std::string text = sample_bytes(large);
  put("a", text);
  put("b", text);
  for (const char* verb : {"list", "next", "create", "write", "commit"}) {
    open(cache_limit);
    near_->fail(verb, 1, Error(ErrorKind::no_space, "the disk is full"));
    EXPECT_EQ(prefetch("a").on_disk, 0U) << verb;
    EXPECT_FALSE(entry("a")) << verb;
    EXPECT_TRUE(load("a") == text) << verb;
    const std::size_t created = near_->calls("create");
    EXPECT_EQ(prefetch("b").on_disk, 0U) << verb;
    EXPECT_EQ(near_->calls("create"), created) << "nothing more is kept";
  }
}

TEST_P(DiskCopies, a_copy_that_cannot_be_read_is_read_of_the_store) {
  const std::string text = sample_bytes(large);
  put("a", text);
  for (const auto& [verb, nth] :
       std::vector<std::pair<std::string, int>>{{"head", 1}, {"open", 1}, {"open", 2}, {"read", 3}}) {
    prefetch("a");
    near_->fail(verb, static_cast<std::size_t>(nth), Error(ErrorKind::io, "a bad sector"));
    EXPECT_TRUE(load("a") == text) << verb << nth;
  }
}

TEST_P(DiskCopies, a_damaged_copy_is_never_served_and_goes) {
  const std::string text = sample_bytes(large);
  put("a", text);
  prefetch("a");
  const std::string key = cache_key(uri("a"));
  const ObjectInfo good = *entry("a");
  const std::string bytes = loop_.run(kept_->co_load(key));
  const auto damage = [&](std::string damaged, const Metadata& metadata) {
    WriteOptions options;
    for (const auto& [name, value] : metadata) options.metadata(name, value);
    loop_.run(kept_->co_store(key, std::move(damaged), std::move(options)));
    open(cache_limit);
    const std::size_t before = opened();
    EXPECT_EQ(load("a", ByteRange::of(1_MiB, 100'000)), text.substr(1_MiB, 100'000));
    EXPECT_TRUE(load("a") == text);
    EXPECT_GT(opened(), before);
  };
  for (const std::size_t at : {std::size_t{0}, std::size_t{1_MiB}, large - 1, large, bytes.size() - 1}) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    damage(std::move(damaged), good.metadata);
    EXPECT_FALSE(entry("a")) << "the byte at " << at;
  }
  damage(bytes.substr(1), good.metadata);
  EXPECT_FALSE(entry("a"));
  Metadata of_another = good.metadata;
  of_another["uri"] = "mem://default/b";
  damage(bytes, of_another);
}

INSTANTIATE_TEST_SUITE_P(Loops, DiskCopies, testing::ValuesIn(test::all_loop_kinds),
                         [](const auto& info) { return test::to_string(info.param); });

}  // namespace
}  // namespace coffer
