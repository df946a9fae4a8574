#include "pipe/run_data.hpp"

#include <utility>

namespace coffer {
namespace {

Stored stored_of(const ObjectInfo& info) {
  Stored stored;
  stored.uri = info.uri;
  stored.size = info.size.value_or(0);
  stored.crc32c = info.crc32c.value_or(0);
  stored.content_type = info.content_type;
  stored.etag = info.etag;
  return stored;
}

}  // namespace

RunData::RunData(Storage& storage, std::string name, LiveObjectPtr live, std::string content_type)
    : storage_(storage),
      name_(std::move(name)),
      uri_(live->uri()),
      live_(std::move(live)),
      content_type_(std::move(content_type)) {}

RunData::RunData(Storage& storage, std::string name, const ObjectInfo& info, std::string content_type)
    : storage_(storage),
      name_(std::move(name)),
      uri_(info.uri),
      content_type_(std::move(content_type)),
      stored_(stored_of(info)) {}

std::optional<std::uint64_t> RunData::size() const {
  if (live_) return live_->size();
  return stored()->size;
}

std::optional<Stored> RunData::stored() const {
  const std::lock_guard lock(mutex_);
  return stored_;
}

bool RunData::has_failed() const { return live_ && live_->state() == LiveObject::State::failed; }

Task<SourcePtr> RunData::co_open(ReadOptions options) {
  const std::optional<Stored> stored = this->stored();
  if (!stored) co_return co_await live_->co_open(std::move(options));
  // The store reads ahead and verifies. Whoever replaced the object meanwhile is told from what the run stored.
  if (!stored->etag.empty() && !options.etag()) options = ReadOptions(std::move(options).if_etag(stored->etag));
  co_return co_await storage_.co_open(uri_, std::move(options));
}

Task<SinkPtr> RunData::co_writer() { return live_->co_writer(); }

void RunData::set_stored(const Stored& stored) {
  {
    const std::lock_guard lock(mutex_);
    stored_ = stored;
  }
  changed_.notify_all();
}

Task<> RunData::co_committed() {
  if (!live_) co_return;
  co_await live_->co_committed();
  for (;;) {
    const std::uint64_t seen = changed_.epoch();
    if (stored()) co_return;
    co_await changed_.co_wait(seen);
  }
}

std::optional<std::filesystem::path> RunData::local_path() const {
  const ProviderRegistry::Place place = storage_.providers().find(uri_).value();
  return place.provider->local_path(place.key);
}

}  // namespace coffer
