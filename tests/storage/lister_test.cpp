#include <coffer/storage/lister.hpp>
#include <gtest/gtest.h>

#include "support/test_loop.hpp"

namespace coffer {
namespace {

class ListerTest : public testing::Test {
 protected:
  using Pages = std::vector<std::vector<std::string>>;

  Pages pages(const std::string& prefix, const ListOptions& options) {
    std::vector<ListEntry> objects;
    for (const char* key : {"b", "a/2", "é", "a/1/x", "a-", "a/1/y", "a0", "B"}) {
      ListEntry& entry = objects.emplace_back();
      entry.key = key;
      entry.info.uri = root_.join(key);
      entry.info.size = 7;
    }
    const ListerPtr lister = make_lister(root_, std::move(objects), prefix, options);
    Pages pages;
    while (true) {
      const std::vector<ListEntry> page = loop_.run(lister->co_next());
      if (page.empty()) break;
      pages.emplace_back();
      for (const ListEntry& entry : page) {
        pages.back().push_back(entry.key);
        EXPECT_EQ(entry.is_prefix, entry.key.ends_with('/'));
        EXPECT_EQ(entry.info.uri, root_.join(entry.key));
        EXPECT_EQ(entry.info.size.has_value(), !entry.is_prefix);
      }
    }
    EXPECT_TRUE(loop_.run(lister->co_next()).empty());
    return pages;
  }

  test::TestLoop loop_{test::LoopKind::own_thread};
  Uri root_{"mem://x"};
};

TEST_F(ListerTest, sorts_names_by_their_bytes) {
  EXPECT_EQ(pages("", {}), (Pages{{"B", "a-", "a/1/x", "a/1/y", "a/2", "a0", "b", "é"}}));
}

TEST_F(ListerTest, gives_pages_of_the_size_asked_for) {
  EXPECT_EQ(pages("a", ListOptions().page_size(2)), (Pages{{"a-", "a/1/x"}, {"a/1/y", "a/2"}, {"a0"}}));
  EXPECT_EQ(pages("a-", ListOptions().page_size(0)), (Pages{{"a-"}})) << "a page has one name at least";
}

TEST_F(ListerTest, begins_after_a_name) {
  EXPECT_EQ(pages("", ListOptions().after("a/1/y")), (Pages{{"a/2", "a0", "b", "é"}}));
  EXPECT_EQ(pages("", ListOptions().after("a/1/zzz")), (Pages{{"a/2", "a0", "b", "é"}}));
  EXPECT_EQ(pages("", ListOptions().after("\xff")), Pages{});
}

TEST_F(ListerTest, shows_what_lies_deeper_once) {
  EXPECT_EQ(pages("", ListOptions().recursive(false)), (Pages{{"B", "a-", "a/", "a0", "b", "é"}}));
  EXPECT_EQ(pages("a/", ListOptions().recursive(false)), (Pages{{"a/1/", "a/2"}}));
  EXPECT_EQ(pages("", ListOptions().recursive(false).after("a/")), (Pages{{"a0", "b", "é"}}));
}

TEST_F(ListerTest, of_no_names_is_at_its_end) {
  const ListerPtr lister = make_lister(root_, {}, "", {});
  EXPECT_TRUE(loop_.run(lister->co_next()).empty());
}

}  // namespace
}  // namespace coffer
