#include <algorithm>
#include <cstring>
#include <utility>

#include <coffer/async/runtime.hpp>
#include <coffer/storage/provider.hpp>
#include <coffer/stream/pump.hpp>

#include "storage/copy_stream.hpp"
#include "storage/gather.hpp"
#include "storage/ranged_object.hpp"

namespace coffer {
StorageProvider::StorageProvider(Runtime& runtime, Uri root) : runtime_(runtime), root_(std::move(root)) {}

Task<ObjectPtr> StorageProvider::co_object(std::string key, ReadOptions options) {
  refuse_range(key, options);
  co_return co_await co_ranged_object(*this, runtime_.pool(), std::move(key), std::move(options));
}

void StorageProvider::refuse_range(const std::string& key, const ReadOptions& options) const {
  if (options.range().is_whole()) return;
  throw Error(ErrorKind::invalid_argument, "random access takes its ranges with each read, not with the open")
      .about(uri_of(key).text());
}

Task<Stored> StorageProvider::co_copy(std::string from, std::string to, WriteOptions options) {
  return co_copy_stream(*this, std::move(from), *this, std::move(to), std::move(options));
}

Task<SourcePtr> StorageProvider::co_follow(std::string key, FollowOptions /*options*/) {
  throw Error(
      ErrorKind::unsupported,
      "this store cannot show objects while they are written, as one in a folder can: read it without following")
      .during("follow")
      .about(uri_of(key).text());
  co_return nullptr;
}

std::optional<std::filesystem::path> StorageProvider::local_path(const std::string& /*key*/) const {
  return std::nullopt;
}

Task<std::string> StorageProvider::co_load(std::string key, ReadOptions options) {
  const std::uint64_t limit = options.max_bytes();
  const ByteRange range = options.range();
  SourcePtr source = co_await co_open(std::move(key), std::move(options));
  co_return co_await co_gather(std::move(source), range, limit);
}

Task<Stored> StorageProvider::co_store(std::string key, std::string bytes, WriteOptions options) {
  if (!options.size()) options = WriteOptions(std::move(options).size(bytes.size()));
  const SinkPtr sink = co_await co_create(std::move(key), std::move(options));
  std::size_t done = 0;
  while (done < bytes.size()) {
    Buffer buffer = co_await sink->co_buffer(bytes.size() - done);
    const std::size_t part = std::min(buffer.size(), bytes.size() - done);
    std::memcpy(buffer.data(), bytes.data() + done, part);
    Chunk chunk = std::move(buffer).share(part);
    co_await sink->co_write(std::move(chunk));
    done += part;
  }
  co_return co_await sink->co_commit();
}

Task<Stored> StorageProvider::co_store(std::string key, SourcePtr source, WriteOptions options) {
  // Its size is no promise of how much comes: the source may be over a range of the object.
  options = with_type_of(std::move(options), source->info());
  const SinkPtr sink = co_await co_create(std::move(key), std::move(options));
  co_await co_pump(*source, *sink);
  co_return co_await sink->co_commit();
}

}  // namespace coffer
