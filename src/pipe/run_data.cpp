#include "pipe/run_data.hpp"

#include <span>
#include <utility>

#include <coffer/base/checksum.hpp>
#include <coffer/stream/memory_source.hpp>

namespace coffer {

Stored stored_of(const ObjectInfo& info) {
  Stored stored;
  stored.uri = info.uri;
  stored.size = info.size.value_or(0);
  stored.crc32c = info.crc32c.value_or(0);
  stored.content_type = info.content_type;
  stored.etag = info.etag;
  return stored;
}

RunData::RunData(Storage& storage, std::string name, LiveObjectPtr live, std::string content_type,
                 std::uint64_t inline_below)
    : storage_(storage),
      name_(std::move(name)),
      uri_(live->uri()),
      live_(std::move(live)),
      content_type_(std::move(content_type)),
      inline_below_(inline_below) {}

RunData::RunData(Storage& storage, std::string name, Uri uri, WriteOptions options)
    : storage_(storage),
      name_(std::move(name)),
      uri_(std::move(uri)),
      late_(options),
      content_type_(options.content_type()) {}

RunData::RunData(Storage& storage, std::string name, const ObjectInfo& info, std::string content_type)
    : storage_(storage),
      name_(std::move(name)),
      uri_(info.uri),
      content_type_(std::move(content_type)),
      stored_(stored_of(info)) {}

RunData::RunData(Storage& storage, std::string name, Stored stored, std::optional<std::string> content)
    : storage_(storage), name_(std::move(name)), uri_(stored.uri), content_type_(stored.content_type) {
  if (content) inline_ = std::make_shared<const std::string>(std::move(*content));
  stored_ = std::move(stored);
}

std::optional<std::uint64_t> RunData::size() const {
  if (live_ && !is_inline()) return live_->size();
  const std::optional<Stored> stored = this->stored();
  if (!stored) return std::nullopt;
  return stored->size;
}

bool RunData::is_inline() const { return inline_content() != nullptr; }

std::shared_ptr<const std::string> RunData::inline_content() const {
  const std::lock_guard lock(mutex_);
  return inline_;
}

std::optional<Stored> RunData::stored() const {
  const std::lock_guard lock(mutex_);
  return stored_;
}

bool RunData::has_failed() const {
  if (live_ && live_->state() == LiveObject::State::failed) return true;
  const std::lock_guard lock(mutex_);
  return recorded_ && !*recorded_;
}

bool RunData::was_opened() const {
  const std::lock_guard lock(mutex_);
  return opened_;
}

Task<SourcePtr> RunData::co_open(ReadOptions options) {
  {
    const std::lock_guard lock(mutex_);
    opened_ = true;
  }
  if (begins_late()) co_await co_begun();
  const std::optional<Stored> stored = this->stored();
  if (!stored) co_return co_await live_->co_open(std::move(options));
  if (is_inline()) {
    ObjectInfo info;
    info.size = stored->size;
    info.crc32c = stored->crc32c;
    info.content_type = stored->content_type;
    co_return make_memory_source(inline_, std::move(info), options.range());
  }
  // The store reads ahead and verifies. Whoever replaced the object meanwhile is told from what the run stored.
  if (!stored->etag.empty() && !options.etag()) options = ReadOptions(std::move(options).if_etag(stored->etag));
  co_return co_await storage_.co_open(uri_, std::move(options));
}

Task<SinkPtr> RunData::co_writer() {
  if (late_) return storage_.co_create(uri_, *late_);
  begin();
  return live_->co_writer();
}

Stored RunData::set_inline(std::string content, std::string etag) {
  Stored stored;
  stored.size = content.size();
  stored.crc32c = crc32c(std::as_bytes(std::span(content)));
  stored.content_type = content_type_;
  stored.etag = std::move(etag);
  {
    const std::lock_guard lock(mutex_);
    inline_ = std::make_shared<const std::string>(std::move(content));
  }
  return stored;
}

void RunData::begin() {
  {
    const std::lock_guard lock(mutex_);
    begun_ = true;
  }
  changed_.notify_all();
}

Task<> RunData::co_begun() {
  const auto has_begun = [this] {
    const std::lock_guard lock(mutex_);
    return begun_;
  };
  for (;;) {
    const std::uint64_t seen = changed_.epoch();
    if (has_begun()) co_return;
    co_await changed_.co_wait(seen);
  }
}

void RunData::set_stored(const Stored& stored) {
  {
    const std::lock_guard lock(mutex_);
    stored_ = stored;
    begun_ = true;
  }
  changed_.notify_all();
}

Task<> RunData::co_committed() {
  if (!is_written_here()) co_return;
  if (begins_late()) co_await co_begun();
  if (live_ && !is_inline()) co_await live_->co_committed();
  for (;;) {
    const std::uint64_t seen = changed_.epoch();
    if (stored()) co_return;
    co_await changed_.co_wait(seen);
  }
}

void RunData::set_recorded(bool done) {
  {
    const std::lock_guard lock(mutex_);
    if (!recorded_) recorded_ = done;
  }
  changed_.notify_all();
}

Task<> RunData::co_recorded() {
  if (!is_written_here()) co_return;
  const auto recorded = [this] {
    const std::lock_guard lock(mutex_);
    return recorded_;
  };
  for (;;) {
    const std::uint64_t seen = changed_.epoch();
    const std::optional<bool> done = recorded();
    if (done && !*done) throw Error(ErrorKind::writer_failed, "what wrote '" + name_ + "' has failed");
    if (done) co_return;
    co_await changed_.co_wait(seen);
  }
}

std::optional<std::filesystem::path> RunData::local_path() const {
  if (is_inline()) return std::nullopt;
  const ProviderRegistry::Place place = storage_.providers().find(uri_).value();
  return place.provider->local_path(place.key);
}

}  // namespace coffer
