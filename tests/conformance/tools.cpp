#include "tools.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include <gtest/gtest.h>

namespace coffer::conformance {

const std::vector<std::size_t>& telling_sizes() {
  static const std::vector<std::size_t> sizes = {
      0, 1, 511, 4095, 4096, 4097, 64 * KiB - 1, 64 * KiB, 64 * KiB + 1, MiB - 1, MiB, MiB + 1, 5 * MiB + 3};
  return sizes;
}

Chunk unaligned_chunk(std::string_view bytes) {
  auto memory = std::make_shared<std::string>(1, '\0');
  memory->append(bytes);
  return {memory, std::as_bytes(std::span(*memory)).subspan(1)};
}

Task<std::string> co_rest(ByteSource& source, std::size_t at_most) {
  std::string bytes;
  while (const std::optional<Chunk> chunk = co_await source.co_read(at_most)) {
    EXPECT_FALSE(chunk->empty()) << "a source gave an empty chunk instead of the end or a byte";
    if (chunk->empty()) break;
    if (at_most != 0) {
      EXPECT_LE(chunk->size(), at_most);
    }
    bytes.append(chunk->text());
  }
  co_return std::move(bytes);
}

Task<std::string> co_bytes(StorageProvider& store, std::string key, ByteRange range) {
  const SourcePtr source = co_await store.co_open(std::move(key), ReadOptions().range(range));
  co_return co_await co_rest(*source);
}

Task<> co_write_pieces(ByteSink& sink, std::string bytes, std::size_t piece) {
  for (std::size_t done = 0; done < bytes.size(); done += piece) {
    Chunk chunk = unaligned_chunk(std::string_view(bytes).substr(done, piece));
    co_await sink.co_write(std::move(chunk));
  }
}

Task<bool> co_absent(StorageProvider& store, std::string key) {
  const std::optional<ObjectInfo> info = co_await store.co_head(key);
  const std::string opened = co_await co_failure(store.co_open(key, ReadOptions()));
  const std::vector<ListEntry> listed = co_await co_pages(store, "");
  const std::vector<std::string> keys = keys_of(listed);
  co_return !info && opened == "not_found" && std::find(keys.begin(), keys.end(), key) == keys.end();
}

Task<std::vector<ListEntry>> co_pages(StorageProvider& store, std::string prefix, ListOptions options) {
  const std::size_t page_size = options.page_size();
  const ListerPtr lister = co_await store.co_list(std::move(prefix), std::move(options));
  std::vector<ListEntry> all;
  while (true) {
    std::vector<ListEntry> page = co_await lister->co_next();
    if (page.empty()) break;
    EXPECT_LE(page.size(), page_size);
    std::move(page.begin(), page.end(), std::back_inserter(all));
  }
  const std::vector<ListEntry> after_the_end = co_await lister->co_next();
  EXPECT_TRUE(after_the_end.empty()) << "a listing went on after its end";
  co_return std::move(all);
}

std::vector<std::string> keys_of(const std::vector<ListEntry>& entries) {
  std::vector<std::string> keys;
  keys.reserve(entries.size());
  for (const ListEntry& entry : entries) keys.push_back(entry.key);
  return keys;
}

Task<> co_until(std::function<bool()> reached) {
  while (!reached()) co_await boost::asio::post(boost::asio::deferred);
}

}  // namespace coffer::conformance
