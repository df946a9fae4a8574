#include <coffer/async/runtime.hpp>
#include <coffer/providers/memory.hpp>
#include <coffer/storage/provider_registry.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

class ProviderRegistryTest : public testing::Test {
 protected:
  ProviderPtr store(std::string name) { return make_memory_provider(runtime_, MemoryConfig().name(std::move(name))); }

  Runtime runtime_;
  ProviderRegistry registry_;
};

TEST_F(ProviderRegistryTest, finds_the_store_above_a_uri_and_the_key_in_it) {
  const ProviderPtr a = store("a");
  const ProviderPtr b = store("b");
  registry_.add(a).add(b);
  const auto place = registry_.find(Uri("mem://b/x%20y/z")).value();
  EXPECT_EQ(place.provider, b);
  EXPECT_EQ(place.key, "x y/z");
}

TEST_F(ProviderRegistryTest, prefers_the_longest_root) {
  const ProviderPtr inner = store("a/deep/er");
  registry_.add(store("a")).add(inner).add(store("a/deep"));
  const auto place = registry_.find(Uri("mem://a/deep/er/key")).value();
  EXPECT_EQ(place.provider, inner);
  EXPECT_EQ(place.key, "key");
  EXPECT_EQ(registry_.find(Uri("mem://a/deep/erkey")).value().key, "erkey");
}

TEST_F(ProviderRegistryTest, finds_a_store_at_its_root_with_the_empty_key) {
  registry_.add(store("a"));
  EXPECT_EQ(registry_.find(Uri("mem://a")).value().key, "");
  EXPECT_EQ(registry_.find(Uri("mem://a/")).value().key, "");
}

TEST_F(ProviderRegistryTest, names_the_roots_there_are_where_none_is_above) {
  registry_.add(store("a")).add(store("b"));
  const auto place = registry_.find(Uri("mem://ab/key"));
  ASSERT_FALSE(place);
  EXPECT_EQ(place.error().kind(), ErrorKind::not_found);
  EXPECT_EQ(place.error().uri(), "mem://ab/key");
  EXPECT_NE(place.error().message().find("mem://a, mem://b"), std::string::npos) << place.error().what();
}

TEST_F(ProviderRegistryTest, says_that_none_is_registered) {
  const auto place = registry_.find(Uri("mem://a/key"));
  ASSERT_FALSE(place);
  EXPECT_NE(place.error().message().find("none is registered"), std::string::npos) << place.error().what();
}

TEST_F(ProviderRegistryTest, refuses_a_second_store_of_the_same_root) {
  registry_.add(store("a"));
  for (const char* name : {"a", "a/"}) {
    try {
      registry_.add(store(name));
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    }
  }
  EXPECT_EQ(registry_.providers().size(), 1U);
}

TEST_F(ProviderRegistryTest, refuses_a_null_store) { EXPECT_THROW(registry_.add(nullptr), Error); }

TEST_F(ProviderRegistryTest, has_no_active_store_until_one_is_added) {
  registry_.add(store("a"));
  EXPECT_EQ(registry_.active(), nullptr);
  const ProviderPtr b = store("b");
  registry_.add_active(b);
  EXPECT_EQ(registry_.active(), b);
  EXPECT_EQ(registry_.providers().size(), 2U);
}

}  // namespace
}  // namespace coffer
