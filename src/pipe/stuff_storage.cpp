#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/base/byte_size.hpp>
#include <coffer/pipe/stuff_storage.hpp>
#include <coffer/storage/storage.hpp>

#include "pipe/content_fetch.hpp"
#include "pipe/fetch_rules.hpp"
#include "stream/sink_writer.hpp"

namespace coffer {
namespace {

constexpr std::uint64_t largest_content = std::uint64_t{1} << 30U;

/// Keeps what it is given as one text.
class TextSink final : public ByteSink {
 public:
  explicit TextSink(Runtime& runtime) : share_(runtime.pool().open_share("load a stuff's content")) {}

  Task<Buffer> co_buffer(std::size_t at_least) override { co_return share_.need(at_least); }
  Task<> co_write(Chunk chunk) override {
    if (chunk.size() > largest_content - text_.size()) {
      throw Error(ErrorKind::too_large, "a stuff's content has more than " + format_byte_size(largest_content));
    }
    text_ += chunk.text();
    co_return;
  }
  Task<Stored> co_commit() override { co_return Stored(); }

  const std::string& text() const noexcept { return text_; }

 private:
  BudgetShare share_;
  std::string text_;
};

FetchRules rules_of(const Storage& storage, const InlineOptions& options) {
  FetchRules rules(options.from());
  if (const ProviderPtr& store = storage.providers().active()) rules.allow_offloaded(store->root());
  return rules;
}

Task<Stuff> co_load(Storage& storage, Stuff stuff, const FetchRules& rules) {
  const std::optional<ContentReference> reference = stuff.reference();
  if (!reference) co_return stuff;
  if (!rules.may_fetch(reference->uri)) {
    throw Error(ErrorKind::permission_denied,
                "a stuff may refer only to what offload wrote into this store; to fetch it all the same, allow its "
                "folder")
        .during("load")
        .about(reference->uri.text());
  }
  TextSink content(storage.runtime());
  SinkWriter writer(content);
  co_await co_fetch_content(storage, *reference, writer);
  co_await writer.co_flush();
  co_return stuff.with_content(content.text()).value();
}

}  // namespace

Task<Stuff> co_store_stuff(Storage& storage, Stuff stuff, std::uint64_t inline_below) {
  // What only looks like a reference is stored, so that it comes back.
  const std::optional<ContentReference> there = stuff.reference();
  const bool stays = there ? rules_of(storage, {}).may_fetch(there->uri) : stuff.content().size() < inline_below;
  if (stays) co_return stuff;
  WriteOptions options;
  options.prefix(std::string(offload_folder) + "/").content_type("application/json").if_absent();
  std::string content(stuff.content());
  const Stored stored = co_await storage.co_store(std::move(content), std::move(options));
  ContentReference reference;
  reference.uri = stored.uri;
  reference.form = ContentForm::value;
  reference.type = "application/json";
  reference.size = stored.size;
  reference.crc32c = stored.crc32c;
  co_return stuff.with_reference(reference);
}

Task<Stuff> co_load_stuff(Storage& storage, Stuff stuff, InlineOptions options) {
  const FetchRules rules = rules_of(storage, options);
  Stuff loaded = co_await co_load(storage, std::move(stuff), rules);
  co_return loaded;
}

Task<WorkingMemory> co_store_stuffs(Storage& storage, WorkingMemory memory, std::uint64_t inline_below) {
  std::vector<Uri> made;
  std::exception_ptr failed;
  try {
    for (const std::string& name : memory.names()) {
      const Stuff stuff = memory.find(name).value();
      const Stuff light = co_await co_store_stuff(storage, stuff, inline_below);
      if (light == stuff) continue;
      made.push_back(light.reference()->uri);
      memory.put(name, light);
    }
    co_return memory;
  } catch (...) {
    failed = std::current_exception();
  }
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
  for (Uri& uri : made) {
    const std::string text = uri.text();
    try {
      co_await storage.co_remove(std::move(uri));
    } catch (...) {
      storage.runtime().observer().warn(
          text + " was stored and could not be removed again: " + to_error(std::current_exception()).message());
    }
  }
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::enable_terminal_cancellation());
  std::rethrow_exception(failed);
}

Task<WorkingMemory> co_load_stuffs(Storage& storage, WorkingMemory memory, InlineOptions options) {
  const FetchRules rules = rules_of(storage, options);
  for (const std::string& name : memory.names()) {
    Stuff stuff = memory.find(name).value();
    if (!stuff.reference()) continue;
    const Stuff whole = co_await co_load(storage, std::move(stuff), rules);
    memory.put(name, whole);
  }
  co_return memory;
}

}  // namespace coffer
