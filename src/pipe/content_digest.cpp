#include "pipe/content_digest.hpp"

#include <exception>
#include <functional>
#include <utility>

#include "base/sha256.hpp"

namespace coffer {
namespace {

Task<ContentDigest> co_read_all(Storage& storage, Uri uri, std::string etag) {
  ReadOptions options;
  options.if_etag(std::move(etag));
  SourcePtr source = co_await storage.co_open(std::move(uri), std::move(options));
  Sha256 hash;
  ContentDigest digest;
  while (std::optional<Chunk> chunk = co_await source->co_read()) {
    digest.size += chunk->size();
    std::function<void()> add = [&hash, &chunk] { hash.update(chunk->bytes()); };
    co_await storage.runtime().co_compute(std::move(add));
  }
  digest.sha256 = hash.finish();
  co_return std::move(digest);
}

}  // namespace

Task<std::optional<ContentDigest>> co_digest(Storage& storage, Uri uri, std::string etag) {
  std::exception_ptr failed;
  try {
    co_return co_await co_read_all(storage, std::move(uri), std::move(etag));
  } catch (...) {
    failed = std::current_exception();
  }
  if (to_error(failed).kind() == ErrorKind::cancelled) std::rethrow_exception(failed);
  co_return std::nullopt;
}

}  // namespace coffer
