#include <algorithm>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <gtest/gtest.h>

#include "promise.hpp"
#include "tools.hpp"

namespace coffer::conformance {
namespace {

/// What can be read in [offset, end), at most 300 KiB at a time.
Task<std::string> co_read_back(Readback& readback, BudgetShare& share, std::uint64_t offset, std::uint64_t end) {
  constexpr std::uint64_t piece = 300 * KiB;
  std::string bytes;
  while (offset + bytes.size() < end) {
    const std::uint64_t at = offset + bytes.size();
    const std::size_t most = std::min(piece, end - at);
    const Chunk chunk = co_await readback.co_read_at(share, at, most);
    EXPECT_FALSE(chunk.empty());
    EXPECT_LE(chunk.size(), most);
    if (chunk.empty()) break;
    bytes.append(chunk.text());
  }
  co_return std::move(bytes);
}

/// The promise of a store that has none.
Task<bool> co_has_readback(Subject& subject) {
  const SinkPtr sink = co_await subject.store().co_create("probe", WriteOptions());
  const bool has = sink->readback() != nullptr;
  EXPECT_EQ(has, subject.store().capabilities().read_before_commit);
  co_return has;
}

Task<> sinks_have_a_readback_where_the_store_says_so(Subject& subject) { co_await co_has_readback(subject); }

Task<> what_is_written_can_be_read_before_the_commit(Subject& subject) {
  const bool has = co_await co_has_readback(subject);
  if (!has) co_return;
  BudgetShare share = subject.runtime().pool().open_share("the contract's reader");
  const std::string bytes = sample_bytes(8 * MiB + 5);
  const SinkPtr sink = co_await subject.store().co_create("key", WriteOptions());
  const std::shared_ptr<Readback> readback = sink->readback();
  EXPECT_EQ(readback->readable(), 0U);
  std::uint64_t before = 0;
  for (std::size_t done = 0; done < bytes.size(); done += MiB) {
    const std::string piece = bytes.substr(done, MiB);
    co_await co_write_pieces(*sink, piece, 100 * KiB);
    const std::uint64_t readable = readback->readable();
    EXPECT_GE(readable, before) << "what could be read shrank";
    EXPECT_LE(readable, done + piece.size()) << "more can be read than was written";
    const std::string read = co_await co_read_back(*readback, share, before, readable);
    EXPECT_TRUE(read == bytes.substr(before, readable - before)) << "from " << before << " to " << readable;
    before = readable;
  }
  // Without a commit: what the store still holds back in buffers may be missing, but not all of 8 MiB.
  std::function<bool()> some_is_readable = [&] { return readback->readable() > 0; };
  co_await co_until(std::move(some_is_readable));
  const std::string first = co_await co_read_back(*readback, share, 0, 1);
  EXPECT_EQ(first, bytes.substr(0, 1));
}

Task<> a_readback_goes_on_after_the_commit(Subject& subject) {
  const bool has = co_await co_has_readback(subject);
  if (!has) co_return;
  BudgetShare share = subject.runtime().pool().open_share("the contract's reader");
  const std::string bytes = sample_bytes(MiB + 4097);
  SinkPtr sink = co_await subject.store().co_create("key", WriteOptions());
  const std::shared_ptr<Readback> readback = sink->readback();
  co_await co_write_pieces(*sink, bytes, 64 * KiB);
  co_await sink->co_commit();
  EXPECT_EQ(readback->readable(), bytes.size());
  sink.reset();
  co_await subject.store().co_store("key", "another object of that name");
  const std::string read = co_await co_read_back(*readback, share, 0, readback->readable());
  EXPECT_TRUE(read == bytes);
  const std::string end = co_await co_read_back(*readback, share, bytes.size() - 1, bytes.size());
  EXPECT_TRUE(end == bytes.substr(bytes.size() - 1));
}

Task<> co_follow(Subject& subject, std::shared_ptr<Readback> readback, std::string expected) {
  BudgetShare share = subject.runtime().pool().open_share("the contract's reader");
  std::uint64_t read = 0;
  while (read < expected.size()) {
    std::function<bool()> more_is_readable = [&] { return readback->readable() > read; };
    co_await co_until(std::move(more_is_readable));
    const std::uint64_t readable = readback->readable();
    const std::string bytes = co_await co_read_back(*readback, share, read, readable);
    EXPECT_TRUE(bytes == expected.substr(read, readable - read)) << "from " << read << " to " << readable;
    read = readable;
  }
}

Task<> co_write_all(ByteSink& sink, std::string bytes) {
  co_await co_write_pieces(sink, std::move(bytes), 100 * KiB);
  co_await sink.co_commit();
}

Task<> several_readers_can_follow_a_writer(Subject& subject) {
  using boost::asio::experimental::awaitable_operators::operator&&;
  const bool has = co_await co_has_readback(subject);
  if (!has) co_return;
  const std::string bytes = sample_bytes(6 * MiB + 17);
  const SinkPtr sink = co_await subject.store().co_create("key", WriteOptions());
  Task<> writer = co_write_all(*sink, bytes);
  Task<> one = co_follow(subject, sink->readback(), bytes);
  Task<> other = co_follow(subject, sink->readback(), bytes);
  co_await (std::move(writer) && std::move(one) && std::move(other));
}

/// The promise of a store that cannot be followed.
Task<bool> co_can_be_followed(Subject& subject) {
  if (subject.store().capabilities().follow) co_return true;
  const std::string kind = co_await co_failure(subject.store().co_follow("key", FollowOptions()));
  EXPECT_EQ(kind, "unsupported");
  co_return false;
}

Task<> a_live_object_can_be_followed_where_the_store_says_so(Subject& subject) {
  const bool can = co_await co_can_be_followed(subject);
  if (!can) co_return;
  const std::string bytes = sample_bytes(3 * MiB + 17);
  const SinkPtr sink = co_await subject.store().co_create("key", WriteOptions().live());
  const SourcePtr source = co_await subject.store().co_follow("key", FollowOptions());
  EXPECT_FALSE(source->info().size);
  co_await co_write_pieces(*sink, bytes, 100 * KiB);
  std::string followed;
  // Without a commit, all of it.
  while (followed.size() < bytes.size()) {
    const std::optional<Chunk> chunk = co_await source->co_read();
    EXPECT_TRUE(chunk) << "an end before the commit";
    if (!chunk) co_return;
    followed += chunk->text();
  }
  EXPECT_TRUE(followed == bytes);
  const Stored stored = co_await sink->co_commit();
  const std::optional<Chunk> end = co_await source->co_read();
  EXPECT_FALSE(end);
  EXPECT_EQ(source->info().size, bytes.size());
  EXPECT_EQ(source->info().etag, stored.etag);
}

Task<> a_live_object_that_is_never_committed_fails_its_followers(Subject& subject) {
  const bool can = co_await co_can_be_followed(subject);
  if (!can) co_return;
  SinkPtr sink = co_await subject.store().co_create("key", WriteOptions().live());
  const SourcePtr source = co_await subject.store().co_follow("key", FollowOptions());
  sink.reset();
  const std::string kind = co_await co_failure(source->co_read());
  EXPECT_EQ(kind, "writer_failed");
}

Task<> what_is_complete_can_be_followed_too(Subject& subject) {
  const bool can = co_await co_can_be_followed(subject);
  if (!can) co_return;
  co_await subject.store().co_store("key", std::string("complete"));
  const SourcePtr source = co_await subject.store().co_follow("key", FollowOptions());
  const std::string bytes = co_await co_rest(*source);
  EXPECT_EQ(bytes, "complete");
}

}  // namespace

std::span<const Promise> readback_promises() {
  static constexpr Promise promises[] = {
      COFFER_PROMISE(sinks_have_a_readback_where_the_store_says_so),
      COFFER_PROMISE(what_is_written_can_be_read_before_the_commit),
      COFFER_PROMISE(a_readback_goes_on_after_the_commit),
      COFFER_PROMISE_ON_STRAND(several_readers_can_follow_a_writer),
      COFFER_PROMISE(a_live_object_can_be_followed_where_the_store_says_so),
      COFFER_PROMISE(a_live_object_that_is_never_committed_fails_its_followers),
      COFFER_PROMISE(what_is_complete_can_be_followed_too),
  };
  return promises;
}

}  // namespace coffer::conformance
