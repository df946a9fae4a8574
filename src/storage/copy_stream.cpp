#include "storage/copy_stream.hpp"

#include <utility>

#include <coffer/stream/pump.hpp>

namespace coffer {

WriteOptions with_type_of(WriteOptions options, const ObjectInfo& info) {
  if (!options.content_type().empty() || info.content_type.empty()) return options;
  return std::move(options).content_type(info.content_type);
}

WriteOptions with_facts_of(WriteOptions options, const ObjectInfo& info) {
  options = with_type_of(std::move(options), info);
  if (options.metadata().empty()) {
    for (const auto& [key, value] : info.metadata) options = WriteOptions(std::move(options).metadata(key, value));
  }
  return options;
}

Task<Stored> co_copy_stream(StorageProvider& from, std::string from_key, StorageProvider& to, std::string to_key,
                            WriteOptions options) {
  const SourcePtr source = co_await from.co_open(std::move(from_key), ReadOptions());
  const ObjectInfo& info = source->info();
  options = with_facts_of(std::move(options), info);
  if (info.size && !options.size()) options = WriteOptions(std::move(options).size(*info.size));
  const SinkPtr sink = co_await to.co_create(std::move(to_key), std::move(options));
  co_await co_pump(*source, *sink);
  co_return co_await sink->co_commit();
}

}  // namespace coffer
