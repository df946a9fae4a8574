#include <optional>
#include <string>
#include <utility>

#include <coffer/pipe/content_reference.hpp>
#include <coffer/pipe/memory_offload.hpp>
#include <coffer/storage/spool.hpp>
#include <coffer/storage/storage.hpp>

#include "pipe/content_fetch.hpp"
#include "pipe/fetch_rules.hpp"
#include "pipe/memory_scanner.hpp"
#include "pipe/reference_finder.hpp"
#include "pipe/text_pieces.hpp"
#include "stream/sink_writer.hpp"

namespace coffer {
namespace {

/// The first reading: whether all can be fetched, before anything is written.
class InlineCheck {
 public:
  InlineCheck(Storage& storage, const FetchRules& rules) : storage_(storage), rules_(rules) {}

  Task<> co_run(ByteSource& memory) {
    while (const std::optional<Chunk> chunk = co_await memory.co_read()) {
      for (const std::string_view piece : TextPieces(chunk->text())) {
        scanner_.feed(piece);
        while (const std::optional<MemoryPart> part = scanner_.next()) {
          finder_.take(*part);
          if (part->kind == MemoryPart::Kind::string_end) co_await co_check();
        }
      }
    }
    scanner_.end();
  }

 private:
  Task<> co_check() {
    const Result<std::optional<ContentReference>> found = finder_.reference();
    const SourcePlace place = found && !*found ? SourcePlace() : finder_.begun(scanner_.place());
    if (!found) throw Error(ErrorKind::invalid_argument, place_text(place) + ": " + found.error().message());
    if (!*found) co_return;
    const ContentReference& reference = **found;
    if (!rules_.may_fetch(reference.uri)) {
      throw refusal(ErrorKind::permission_denied, place, reference,
                    "a document may name only what offload wrote into this store; to fetch it all the same, allow "
                    "its folder (--from)");
    }
    const bool is_there = co_await co_check_content(storage_, reference);
    if (!is_there) throw refusal(ErrorKind::not_found, place, reference, "the data that stood here is gone");
  }

  static Error refusal(ErrorKind kind, SourcePlace place, const ContentReference& reference, const std::string& why) {
    return {kind, place_text(place) + ": " + reference.uri.text() + ": " + why};
  }

  Storage& storage_;
  const FetchRules& rules_;
  MemoryScanner scanner_;
  ReferenceFinder finder_;
};

/// The second reading: writes the document with all data in it.
class Inline {
 public:
  Inline(Storage& storage, const FetchRules& rules, ByteSink& whole)
      : storage_(storage), rules_(rules), whole_(whole), writer_(whole) {}

  Task<InlineResult> co_run(ByteSource& memory, const Progress& progress) {
    std::uint64_t read = 0;
    while (const std::optional<Chunk> chunk = co_await memory.co_read()) {
      for (const std::string_view piece : TextPieces(chunk->text())) {
        scanner_.feed(piece);
        while (const std::optional<MemoryPart> part = scanner_.next()) co_await co_take(*part);
      }
      read += chunk->size();
      if (progress) progress(read);
    }
    scanner_.end();
    co_await writer_.co_flush();
    result_.memory = co_await whole_.co_commit();
    co_return result_;
  }

 private:
  Task<> co_take(MemoryPart part) {
    finder_.take(part);
    if (part.kind == MemoryPart::Kind::string_end) co_await co_end_string();
    const std::string_view ready = finder_.passed_on();
    if (!ready.empty()) co_await writer_.co_write(ready);
  }

  Task<> co_end_string() {
    const Result<std::optional<ContentReference>> found = finder_.reference();
    // The document may have changed since the first reading: what is fetched is looked at where it is fetched.
    if (!found) throw Error(found.error());
    if (!*found) co_return;
    if (!rules_.may_fetch((*found)->uri)) {
      throw Error(ErrorKind::corrupt,
                  "the working memory changed while it was read; nothing was written: call again once it is at rest");
    }
    finder_.drop();
    co_await co_fetch_content(storage_, **found, writer_);
    ++result_.fetched;
    result_.fetched_bytes += (*found)->size;
  }

  Storage& storage_;
  const FetchRules& rules_;
  ByteSink& whole_;
  SinkWriter writer_;
  MemoryScanner scanner_;
  ReferenceFinder finder_;
  InlineResult result_;
};

}  // namespace

Task<InlineResult> co_inline_memory(Storage& storage, SourcePtr memory, ByteSink& whole, InlineOptions options) {
  const std::shared_ptr<StorageProvider>& store = storage.providers().active();
  FetchRules rules(options.from());
  if (store) rules.allow_offloaded(store->root());
  SourcePtr source = co_await co_rereadable(storage, std::move(memory));
  InlineCheck check(storage, rules);
  co_await check.co_run(*source);
  source = co_await source->co_reopen(ByteRange::whole());
  Inline work(storage, rules, whole);
  InlineResult result = co_await work.co_run(*source, options.progress());
  co_return result;
}

}  // namespace coffer
