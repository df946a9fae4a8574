#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "promise.hpp"
#include "tools.hpp"

namespace coffer::conformance {
namespace {

/// In byte order, in which '-' and '.' come before '/', and '0' after it.
const std::vector<std::string>& names() {
  static const std::vector<std::string> all = {"B",  "a-", "a.txt",          "a/1", "a/10", "a/2/x", "a/2/y/z",
                                               "a0", "ab", "b/deep/er/name", "c",   "z",    "z!",    "é"};
  return all;
}

Task<> co_fill(StorageProvider& store) {
  // Not in the order in which they are listed.
  for (std::size_t i = 0; i < names().size(); ++i) {
    const std::string& name = names()[i * 5 % names().size()];
    co_await store.co_store(name, "bytes of " + name);
  }
}

std::vector<std::string> that_begin_with(const std::string& prefix) {
  std::vector<std::string> found;
  std::copy_if(names().begin(), names().end(), std::back_inserter(found),
               [&](const std::string& name) { return name.starts_with(prefix); });
  return found;
}

Task<> names_are_listed_in_byte_order(Subject& subject) {
  co_await co_fill(subject.store());
  const std::vector<ListEntry> listed = co_await co_pages(subject.store(), "");
  EXPECT_EQ(keys_of(listed), names());
}

Task<> a_listing_tells_of_each_object_what_head_tells(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await co_fill(store);
  const std::vector<ListEntry> listed = co_await co_pages(store, "");
  EXPECT_EQ(listed.size(), names().size());
  for (const ListEntry& entry : listed) {
    EXPECT_FALSE(entry.is_prefix);
    const std::optional<ObjectInfo> head = co_await store.co_head(entry.key);
    EXPECT_TRUE(head.has_value()) << entry.key;
    EXPECT_EQ(entry.info.uri, store.uri_of(entry.key));
    EXPECT_EQ(entry.info.size, entry.key.size() + 9);
    if (head && !entry.info.etag.empty()) {
      EXPECT_EQ(entry.info.etag, head->etag);
    }
  }
}

Task<> a_prefix_need_not_end_at_a_slash(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await co_fill(store);
  for (const char* prefix : {"a", "a/", "a/1", "a/2/", "a/2/y/z", "b/de", "é", "zz", "a/3/", "c/"}) {
    const std::vector<ListEntry> listed = co_await co_pages(store, prefix);
    EXPECT_EQ(keys_of(listed), that_begin_with(prefix)) << prefix;
  }
}

Task<> pages_of_any_size_give_the_same_listing(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await co_fill(store);
  for (const std::size_t page_size :
       {std::size_t{1}, std::size_t{2}, std::size_t{3}, names().size(), std::size_t{100}}) {
    const std::vector<ListEntry> listed = co_await co_pages(store, "", ListOptions().page_size(page_size));
    EXPECT_EQ(keys_of(listed), names()) << "pages of " << page_size;
  }
}

Task<> a_listing_can_begin_after_a_name(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await co_fill(store);
  for (const char* after : {"", "A", "a", "a/1", "a/10", "a/2", "a/2/x", "b/deep/er/name", "z", "é", "\xff"}) {
    std::vector<std::string> expected;
    std::copy_if(names().begin(), names().end(), std::back_inserter(expected),
                 [&](const std::string& name) { return name > after; });
    const std::vector<ListEntry> listed = co_await co_pages(store, "", ListOptions().after(after).page_size(4));
    EXPECT_EQ(keys_of(listed), expected) << "after " << after;
  }
  const std::vector<ListEntry> inside = co_await co_pages(store, "a/", ListOptions().after("a/10"));
  const std::vector<std::string> expected = {"a/2/x", "a/2/y/z"};
  EXPECT_EQ(keys_of(inside), expected);
}

Task<> what_lies_deeper_is_listed_once_as_a_prefix(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await co_fill(store);
  struct Case {
    const char* prefix;
    const char* after;
    std::vector<std::string> expected;
  };
  const std::vector<Case> cases = {
      {"", "", {"B", "a-", "a.txt", "a/", "a0", "ab", "b/", "c", "z", "z!", "é"}},
      {"a/", "", {"a/1", "a/10", "a/2/"}},
      {"a/2", "", {"a/2/"}},
      {"b/", "", {"b/deep/"}},
      {"a", "", {"a-", "a.txt", "a/", "a0", "ab"}},
      {"", "a.txt", {"a/", "a0", "ab", "b/", "c", "z", "z!", "é"}},
      {"", "a/", {"a0", "ab", "b/", "c", "z", "z!", "é"}},
      {"nothing/", "", {}},
  };
  for (const Case& c : cases) {
    for (const std::size_t page_size : {std::size_t{1}, std::size_t{3}, std::size_t{100}}) {
      const std::vector<ListEntry> listed =
          co_await co_pages(store, c.prefix, ListOptions().recursive(false).after(c.after).page_size(page_size));
      EXPECT_EQ(keys_of(listed), c.expected) << "below '" << c.prefix << "' after '" << c.after << "'";
      for (const ListEntry& entry : listed) {
        EXPECT_EQ(entry.is_prefix, entry.key.ends_with('/')) << entry.key;
        EXPECT_EQ(entry.info.uri, store.uri_of(entry.key));
      }
    }
  }
}

Task<> an_empty_store_lists_nothing(Subject& subject) {
  const std::vector<ListEntry> all = co_await co_pages(subject.store(), "");
  EXPECT_TRUE(all.empty());
  const std::vector<ListEntry> some = co_await co_pages(subject.store(), "a/", ListOptions().recursive(false));
  EXPECT_TRUE(some.empty());
}

Task<> a_listing_survives_what_changes_meanwhile(Subject& subject) {
  StorageProvider& store = subject.store();
  co_await co_fill(store);
  const ListerPtr lister = co_await store.co_list("", ListOptions().page_size(2));
  std::vector<std::string> seen;
  for (int page = 0;; ++page) {
    const std::vector<ListEntry> entries = co_await lister->co_next();
    if (entries.empty()) break;
    for (const ListEntry& entry : entries) seen.push_back(entry.key);
    // Behind, at and ahead of the place that was reached.
    if (page == 1) co_await store.co_remove("B", RemoveOptions());
    if (page == 2) co_await store.co_remove("a/", RemoveOptions().recursive());
    if (page == 3) co_await store.co_store("zz/new", "bytes");
  }
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
  for (const char* untouched : {"a-", "a.txt", "a0", "ab", "b/deep/er/name", "c", "z", "z!", "é"}) {
    EXPECT_EQ(std::count(seen.begin(), seen.end(), untouched), 1) << untouched;
  }
}

}  // namespace

std::span<const Promise> list_promises() {
  static constexpr Promise promises[] = {
      COFFER_PROMISE(names_are_listed_in_byte_order),   COFFER_PROMISE(a_listing_tells_of_each_object_what_head_tells),
      COFFER_PROMISE(a_prefix_need_not_end_at_a_slash), COFFER_PROMISE(pages_of_any_size_give_the_same_listing),
      COFFER_PROMISE(a_listing_can_begin_after_a_name), COFFER_PROMISE(what_lies_deeper_is_listed_once_as_a_prefix),
      COFFER_PROMISE(an_empty_store_lists_nothing),     COFFER_PROMISE(a_listing_survives_what_changes_meanwhile),
  };
  return promises;
}

}  // namespace coffer::conformance
