#include <algorithm>

#include <gtest/gtest.h>

#include "promise.hpp"
#include "tools.hpp"

namespace coffer::conformance {
namespace {

/// Names that a store, a URI, a shell or a file system could take for something else.
std::vector<std::string> odd_names() {
  return {"a b",  " a",         "a ",      "100%",       "%41",     "a%2Fb",     "q?x=y#z",   "é",
          "ü/ö",  "日本語.txt", ".hidden", "..a",        "a..b",    "...",       "-rf",       "~",
          "a:b",  "a\\b",       "'\"",     "a*b[c]{d}",  "a&b=c;d", "$HOME",     "tab\there", "line\nbreak",
          "\x7f", "A",          "a",       "x/y/z/.w/v", "+plus",   "@at,comma!"};
}

Task<> odd_names_are_names_like_any_other(Subject& subject) {
  StorageProvider& store = subject.store();
  std::vector<std::string> names = odd_names();
  names.push_back("deep/" + std::string(255, 'n'));
  for (const std::string& name : names) {
    const Stored stored = co_await store.co_store(name, "bytes of " + name);
    EXPECT_EQ(stored.uri, store.uri_of(name)) << name;
    EXPECT_EQ(stored.uri.key_below(store.root()), name);
  }
  for (const std::string& name : names) {
    const std::string loaded = co_await store.co_load(name);
    EXPECT_EQ(loaded, "bytes of " + name);
    const std::optional<ObjectInfo> head = co_await store.co_head(name);
    EXPECT_TRUE(head && head->uri == store.uri_of(name)) << name;
  }
  std::sort(names.begin(), names.end());
  const std::vector<ListEntry> listed = co_await co_pages(store, "");
  EXPECT_EQ(keys_of(listed), names);
  for (const std::string& name : names) co_await store.co_remove(name, RemoveOptions());
  const std::vector<ListEntry> left = co_await co_pages(store, "");
  EXPECT_TRUE(left.empty());
}

Task<> a_name_never_stands_for_another_one(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await store.co_store("a/b", "plain");
  // What would be the same after normalising is another object, or refused.
  for (const char* name : {"a//b", "a/./b", "a/c/../b", "./a/b", "/a/b", "a/b/", "../a/b", "A/b"}) {
    const std::string opened = co_await co_failure(store.co_open(name, ReadOptions()));
    EXPECT_TRUE(opened == "not_found" || opened == "invalid_argument") << name << ": " << opened;
    const std::string failure = co_await co_failure(store.co_store(name, "odd"));
    EXPECT_TRUE(failure.empty() || failure == "invalid_argument" || failure == "conflict") << name << ": " << failure;
    std::string loaded = co_await store.co_load("a/b");
    EXPECT_EQ(loaded, "plain") << name;
    if (!failure.empty()) continue;
    loaded = co_await store.co_load(name);
    EXPECT_EQ(loaded, "odd") << name;
    co_await store.co_remove(name, RemoveOptions());
    loaded = co_await store.co_load("a/b");
    EXPECT_EQ(loaded, "plain") << name;
  }
}

Task<> a_name_beside_a_prefix_is_kept_or_refused(Subject& subject) {
  StorageProvider& store = subject.store();
  const bool beside = store.capabilities().name_beside_prefix;
  co_await store.co_store("a", "short");
  std::string failure = co_await co_failure(store.co_store("a/b", "long"));
  EXPECT_EQ(failure, beside ? "" : "conflict");
  co_await store.co_store("x/y/z", "long");
  failure = co_await co_failure(store.co_store("x/y", "short"));
  EXPECT_EQ(failure, beside ? "" : "conflict");

  std::string loaded = co_await store.co_load("a");
  EXPECT_EQ(loaded, "short");
  loaded = co_await store.co_load("x/y/z");
  EXPECT_EQ(loaded, "long");
  const std::vector<ListEntry> listed = co_await co_pages(store, "");
  EXPECT_EQ(listed.size(), beside ? 4U : 2U);

  co_await store.co_remove("a", RemoveOptions());
  const Stored now = co_await store.co_store("a/b", "after the other was removed");
  EXPECT_EQ(now.size, 27U);
}

}  // namespace

std::span<const Promise> name_promises() {
  static constexpr Promise promises[] = {
      COFFER_PROMISE(odd_names_are_names_like_any_other),
      COFFER_PROMISE(a_name_never_stands_for_another_one),
      COFFER_PROMISE(a_name_beside_a_prefix_is_kept_or_refused),
  };
  return promises;
}

}  // namespace coffer::conformance
