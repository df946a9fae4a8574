#include "text_table.hpp"

#include <map>
#include <mutex>

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <coffer/async/runtime.hpp>
#include <coffer/base/checksum.hpp>
#include <coffer/stream/memory_source.hpp>

using namespace coffer;

namespace {

/// Never changed once it is in the table: whoever reads it keeps it.
struct Text {
  std::shared_ptr<const std::string> bytes;
  ObjectInfo info;
};
using TextPtr = std::shared_ptr<const Text>;

struct Table {
  std::mutex mutex;
  std::map<std::string, TextPtr> texts;
  std::uint64_t versions = 0;

  /// The text there now, null for none. The mutex is held. `etag` is what the caller insists on.
  TextPtr at(const std::string& key, const std::optional<std::string>& etag) {
    const auto found = texts.find(key);
    TextPtr text = found == texts.end() ? nullptr : found->second;
    if (etag && (!text || text->info.etag != *etag)) throw Error(ErrorKind::precondition_failed, "it has another etag");
    return text;
  }
};

class TextSink final : public ByteSink {
 public:
  TextSink(std::shared_ptr<Table> table, BudgetShare share, Uri uri, std::string key, WriteOptions options)
      : table_(std::move(table)),
        share_(std::move(share)),
        uri_(std::move(uri)),
        key_(std::move(key)),
        options_(std::move(options)) {}

  Task<Buffer> co_buffer(std::size_t at_least) override { co_return share_.need(at_least); }
  Task<> co_write(Chunk chunk) override {
    check_alive();
    // Nothing here ever waits: without this, a long write would let nobody else run, nor could it be cancelled.
    co_await boost::asio::post(boost::asio::deferred);
    bytes_->append(chunk.text());
  }
  Task<Stored> co_commit() override {
    check_alive();
    auto text = std::make_shared<Text>();
    text->bytes = std::move(bytes_);  // From here on this sink is dead, whatever happens.
    if (options_.size().value_or(text->bytes->size()) != text->bytes->size()) {
      throw Error(ErrorKind::invalid_argument, "another size was promised").about(uri_.text());
    }
    Stored stored;
    stored.uri = text->info.uri = uri_;
    stored.size = *(text->info.size = text->bytes->size());
    stored.crc32c = crc32c(std::as_bytes(std::span(*text->bytes)));
    const std::lock_guard lock(table_->mutex);
    if (table_->at(key_, options_.etag()) && options_.if_absent_set()) {
      throw Error(ErrorKind::already_exists, "it is already there").about(uri_.text());
    }
    stored.etag = text->info.etag = std::to_string(++table_->versions);
    table_->texts[key_] = std::move(text);
    co_return std::move(stored);
  }

 private:
  void check_alive() const {
    if (!bytes_) throw Error(ErrorKind::invalid_argument, "this sink has ended").about(uri_.text());
  }

  std::shared_ptr<Table> table_;
  BudgetShare share_;
  Uri uri_;
  std::string key_;
  WriteOptions options_;
  std::shared_ptr<std::string> bytes_ = std::make_shared<std::string>();
};

class TextTable final : public StorageProvider {
 public:
  explicit TextTable(Runtime& runtime) : StorageProvider(runtime, Uri("table:///")) {}

  Capabilities capabilities() const override {
    Capabilities capabilities;
    capabilities.metadata = false;
    capabilities.checksums = false;
    return capabilities;
  }
  Task<std::optional<ObjectInfo>> co_head(std::string key) override {
    const std::lock_guard lock(table_->mutex);
    const TextPtr text = table_->at(key, std::nullopt);
    if (!text) co_return std::nullopt;
    co_return text->info;
  }
  Task<SourcePtr> co_open(std::string key, ReadOptions options) override {
    const std::lock_guard lock(table_->mutex);
    TextPtr text = table_->at(key, std::nullopt);
    if (!text) throw Error(ErrorKind::not_found, "there is no such text").about(uri_of(key).text());
    table_->at(key, options.etag());
    co_return make_memory_source(text->bytes, text->info, options.range());
  }
  Task<SinkPtr> co_create(std::string key, WriteOptions options) override {
    const Uri uri = uri_of(key);
    BudgetShare share = runtime().pool().open_share("write " + uri.text());
    co_return std::make_unique<TextSink>(table_, std::move(share), uri, std::move(key), std::move(options));
  }
  Task<ListerPtr> co_list(std::string prefix, ListOptions options) override {
    std::vector<ListEntry> texts;
    const std::lock_guard lock(table_->mutex);
    for (const auto& [key, text] : table_->texts) {
      ListEntry& entry = texts.emplace_back();
      entry.key = key;
      entry.info = text->info;
    }
    co_return make_lister(root(), std::move(texts), prefix, options);
  }
  Task<> co_remove(std::string key, RemoveOptions options) override {
    const std::lock_guard lock(table_->mutex);
    if (!options.recursive_set()) {
      table_->at(key, options.etag());
      table_->texts.erase(key);
      co_return;
    }
    if (!key.empty() && !key.ends_with('/')) {
      throw Error(ErrorKind::invalid_argument, "what is removed recursively must end in '/'").about(uri_of(key).text());
    }
    std::erase_if(table_->texts, [&](const auto& entry) { return entry.first.starts_with(key); });
  }

 private:
  std::shared_ptr<Table> table_ = std::make_shared<Table>();
};

}  // namespace

ProviderPtr make_text_table(Runtime& runtime) { return std::make_shared<TextTable>(runtime); }
