#include <filesystem>
#include <fstream>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "providers/local_scene.hpp"

namespace coffer {
namespace {

using test::LocalScene;
using test::MiB;
using test::sample_bytes;
using test::text_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Changes a file behind its back: the time of the last change stays.
template <class Change>
void change_silently(const std::filesystem::path& file, Change change) {
  struct stat before{};
  ASSERT_EQ(::stat(file.c_str(), &before), 0);
  change();
  const timespec times[] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
}

void flip_byte(const std::filesystem::path& file, std::streamoff at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(at);
  const int byte = stream.get();
  stream.seekp(at);
  stream.put(static_cast<char>(byte ^ 1));
  ASSERT_TRUE(stream.good());
}

Task<std::string> co_read_range(StorageProvider& store, std::string key, ByteRange range) {
  const SourcePtr source = co_await store.co_open(std::move(key), ReadOptions().range(range));
  std::string bytes;
  while (const std::optional<Chunk> chunk = co_await source->co_read()) bytes.append(chunk->text());
  co_return std::move(bytes);
}

Task<std::string> co_read_unverified(StorageProvider& store, std::string key) {
  const SourcePtr source = co_await store.co_open(std::move(key), ReadOptions().verify(false));
  std::string bytes;
  while (const std::optional<Chunk> chunk = co_await source->co_read()) bytes.append(chunk->text());
  co_return std::move(bytes);
}

Task<> co_turns(int count) {
  const auto executor = co_await boost::asio::this_coro::executor;
  for (int i = 0; i < count; ++i) co_await boost::asio::post(executor, boost::asio::deferred);
}

/// Cancels each read after some turns of the loop, and then reads on. Counts the reads that ended with that.
Task<std::string> co_read_with_cancellations(StorageProvider& store, ReadOptions options, int& cancelled) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  const SourcePtr source = co_await store.co_open("key", std::move(options));
  std::string bytes;
  for (int turns = 0;; turns = (turns + 1) % 5) {
    auto both = asio::experimental::make_parallel_group(asio::co_spawn(executor, source->co_read(), asio::deferred),
                                                        asio::co_spawn(executor, co_turns(turns), asio::deferred));
    auto [order, failed, first, ended] = co_await both.async_wait(asio::experimental::wait_for_one(), asio::deferred);
    if (failed) {
      EXPECT_EQ(to_error(failed).kind(), ErrorKind::cancelled);
      ++cancelled;
    } else if (first) {
      bytes.append(first->text());
    }
    const std::optional<Chunk> next = co_await source->co_read();
    if (!next) co_return std::move(bytes);
    bytes.append(next->text());
  }
}

class LocalIntegrity : public ::testing::TestWithParam<std::size_t> {
 protected:
  LocalScene scene_;
  std::string bytes_ = sample_bytes(GetParam());
};

TEST_P(LocalIntegrity, a_stored_object_is_a_plain_file_with_the_same_bytes) {
  scene_.put("a/b c.mp4", bytes_);
  EXPECT_TRUE(text_of(scene_.path() / "a/b c.mp4") == bytes_);
}

TEST_P(LocalIntegrity, a_changed_byte_is_found_by_a_full_read) {
  scene_.put("key", bytes_);
  const auto file = scene_.path() / "key";
  change_silently(file, [&] { flip_byte(file, static_cast<std::streamoff>(bytes_.size() / 2)); });
  const std::optional<Error> error = scene_.error_of(scene_.store().co_load("key"));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::corrupt);
  EXPECT_THAT(error->what(), HasSubstr("read file://" + file.string()));
  EXPECT_THAT(error->what(), HasSubstr("checksum"));

  EXPECT_EQ(scene_.head("key")->integrity, Integrity::verified_on_read) << "seen only by reading";
  EXPECT_EQ(scene_.failure(co_read_range(scene_.store(), "key", ByteRange::of(0, 100))), "")
      << "a part has no checksum";
  EXPECT_EQ(scene_.run(co_read_unverified(scene_.store(), "key")).size(), bytes_.size()) << "to save what can be saved";
}

TEST_P(LocalIntegrity, a_file_that_was_cut_silently_is_corrupt) {
  scene_.put("key", bytes_);
  const auto file = scene_.path() / "key";
  change_silently(file, [&] { std::filesystem::resize_file(file, bytes_.size() - 1); });
  EXPECT_EQ(scene_.failure(scene_.store().co_load("key")), "corrupt");
}

TEST_P(LocalIntegrity, a_file_that_is_cut_while_it_is_read_is_an_error) {
  scene_.put("key", bytes_);
  const auto file = scene_.path() / "key";
  SourcePtr source = scene_.run(scene_.store().co_open("key", ReadOptions()));
  std::filesystem::resize_file(file, 100);
  std::size_t got = 0;
  std::optional<Error> error;
  while (!error) {
    error = scene_.error_of([](ByteSource& from, std::size_t& count) -> Task<> {
      const std::optional<Chunk> chunk = co_await from.co_read();
      if (!chunk) throw std::logic_error("the end was reached");
      count += chunk->size();
    }(*source, got));
  }
  EXPECT_EQ(error->kind(), ErrorKind::corrupt) << error->what();
  EXPECT_LT(got, bytes_.size());
}

TEST_P(LocalIntegrity, what_another_program_wrote_is_read_with_a_warning) {
  const Stored stored = scene_.put("key.txt", bytes_);
  std::ofstream(scene_.path() / "key.txt", std::ios::app) << "more";
  const std::optional<ObjectInfo> head = scene_.head("key.txt");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->integrity, Integrity::changed_outside);
  EXPECT_NE(head->etag, stored.etag);
  EXPECT_FALSE(head->crc32c);
  EXPECT_EQ(scene_.lines().size(), 0U) << "nothing was read yet";
  EXPECT_TRUE(scene_.get("key.txt") == bytes_ + "more");
  EXPECT_THAT(scene_.lines(), ElementsAre(HasSubstr("was changed by another program")));

  scene_.put("key.txt", bytes_);
  EXPECT_EQ(scene_.head("key.txt")->integrity, Integrity::verified_on_read) << "stored again, it is trusted again";
}

TEST_P(LocalIntegrity, another_programs_file_is_an_unverified_object) {
  scene_.put("first", "makes the folder");
  std::filesystem::create_directories(scene_.path() / "sub");
  std::ofstream(scene_.path() / "sub/film.mp4") << bytes_;
  const std::optional<ObjectInfo> head = scene_.head("sub/film.mp4");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->integrity, Integrity::unverified);
  EXPECT_EQ(head->content_type, "video/mp4");
  EXPECT_EQ(head->size, bytes_.size());
  EXPECT_NE(head->etag, "");
  EXPECT_TRUE(scene_.get("sub/film.mp4") == bytes_);
  EXPECT_THAT(scene_.keys(), ElementsAre("first", "sub/film.mp4"));
  scene_.run(scene_.store().co_remove("sub/film.mp4", RemoveOptions().if_etag(head->etag)));
  EXPECT_FALSE(std::filesystem::exists(scene_.path() / "sub")) << "the folder was empty then";
}

TEST_P(LocalIntegrity, a_damaged_record_is_no_record) {
  scene_.put("key", bytes_);
  ASSERT_EQ(::setxattr((scene_.path() / "key").c_str(), "user.coffer", "cofrX", 5, 0), 0);
  EXPECT_EQ(scene_.head("key")->integrity, Integrity::unverified);
  EXPECT_TRUE(scene_.get("key") == bytes_);
}

TEST_P(LocalIntegrity, reads_that_are_cancelled_lose_no_bytes) {
  scene_.put("key", bytes_);
  int cancelled = 0;
  EXPECT_TRUE(scene_.run(co_read_with_cancellations(scene_.store(), ReadOptions(), cancelled)) == bytes_);
  ReadOptions most = ReadOptions().range(ByteRange::from(1));
  EXPECT_TRUE(scene_.run(co_read_with_cancellations(scene_.store(), most, cancelled)) == bytes_.substr(1));
  EXPECT_TRUE(cancelled > 0 || GetParam() < MiB) << "a large one is waited for";
}

TEST_P(LocalIntegrity, a_copy_between_file_systems_is_streamed) {
  const Stored stored = scene_.put("from", bytes_, WriteOptions().content_type("text/x-odd").metadata("k", "v"));
  for (const int code : {EXDEV, EOPNOTSUPP, ENOSYS}) {
    scene_.io()->fail_each("share blocks with", code);
    scene_.io()->fail_each("copy to", code);
    const Stored copied = scene_.run(scene_.store().co_copy("from", "to", WriteOptions()));
    EXPECT_EQ(copied.crc32c, stored.crc32c);
    EXPECT_EQ(scene_.head("to")->metadata.at("k"), "v");
    EXPECT_TRUE(scene_.get("to") == bytes_);
  }
}

TEST_P(LocalIntegrity, a_copy_has_the_bytes_and_the_record_of_its_original) {
  const Stored stored = scene_.put("from.txt", bytes_, WriteOptions().content_type("text/x-odd").metadata("k", "v"));
  const Stored copied = scene_.run(scene_.store().co_copy("from.txt", "deep/er/to", WriteOptions()));
  EXPECT_EQ(copied.crc32c, stored.crc32c);
  EXPECT_NE(copied.etag, stored.etag) << "another object";
  const std::optional<ObjectInfo> head = scene_.head("deep/er/to");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->content_type, "text/x-odd");
  EXPECT_EQ(head->metadata.at("k"), "v");
  EXPECT_EQ(head->integrity, Integrity::verified_on_read);
  EXPECT_TRUE(scene_.get("deep/er/to") == bytes_);

  // One that was changed has no checksum that could come along: its bytes are read, and what is stored is verified.
  std::ofstream(scene_.path() / "from.txt", std::ios::app) << "more";
  scene_.run(scene_.store().co_copy("from.txt", "again", WriteOptions()));
  EXPECT_EQ(scene_.head("again")->integrity, Integrity::verified_on_read);
  EXPECT_TRUE(scene_.get("again") == bytes_ + "more");
}

TEST_P(LocalIntegrity, a_copy_of_a_corrupt_object_is_as_corrupt) {
  scene_.put("from", bytes_);
  const auto file = scene_.path() / "from";
  change_silently(file, [&] { flip_byte(file, 7); });
  scene_.run(scene_.store().co_copy("from", "to", WriteOptions()));
  EXPECT_EQ(scene_.failure(scene_.store().co_load("to")), "corrupt");
}

INSTANTIATE_TEST_SUITE_P(Sizes, LocalIntegrity, ::testing::Values(1000, 5 * MiB + 17));

TEST(LocalAttributes, a_file_system_without_attributes_works_and_says_so_once) {
  LocalScene scene;
  scene.io()->fail_each("set the attribute of", EOPNOTSUPP);
  const Stored stored = scene.put("a.txt", "one");
  scene.put("b.txt", "two");
  EXPECT_THAT(scene.lines(), ElementsAre(HasSubstr("keeps no user attributes")));
  const std::optional<ObjectInfo> head = scene.head("a.txt");
  EXPECT_EQ(head->integrity, Integrity::unverified);
  EXPECT_EQ(head->etag, stored.etag);
  EXPECT_EQ(head->content_type, "text/plain");
  EXPECT_EQ(scene.get("a.txt"), "one");
}

TEST(LocalAttributes, too_much_metadata_is_refused_before_anything_is_written) {
  LocalScene scene;
  WriteOptions options = WriteOptions().metadata("k", std::string(3000, 'v'));
  const std::optional<Error> error = scene.error_of(scene.store().co_create("key", std::move(options)));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::too_large);
  EXPECT_TRUE(scene.io()->counts().empty()) << "no step of I/O";
}

TEST(LocalAttributes, as_much_metadata_as_is_allowed_fits) {
  LocalScene scene;
  WriteOptions options = WriteOptions().content_type(std::string(255, 't')).metadata("k", std::string(2047, 'v'));
  scene.put("key", "bytes", std::move(options));
  EXPECT_EQ(scene.head("key")->metadata.at("k"), std::string(2047, 'v'));
}

}  // namespace
}  // namespace coffer
