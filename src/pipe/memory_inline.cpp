#include <optional>
#include <string>
#include <utility>

#include <coffer/base/checksum.hpp>
#include <coffer/pipe/content_reference.hpp>
#include <coffer/pipe/memory_offload.hpp>
#include <coffer/storage/spool.hpp>
#include <coffer/storage/storage.hpp>

#include "pipe/content_codec.hpp"
#include "pipe/fetch_rules.hpp"
#include "pipe/memory_scanner.hpp"
#include "pipe/reference_finder.hpp"
#include "pipe/text_pieces.hpp"
#include "stream/sink_writer.hpp"

namespace coffer {
namespace {

Error corrupt(const std::string& what, const ContentReference& reference) {
  return Error(ErrorKind::corrupt, "this is not the object that the working memory refers to: " + what)
      .during("inline")
      .about(reference.uri.text());
}

std::string other_size(std::uint64_t size, const ContentReference& reference) {
  return "it has " + std::to_string(size) + " bytes instead of " + std::to_string(reference.size);
}

std::string other_checksum(std::uint32_t checksum, const ContentReference& reference) {
  return "its CRC-32C is " + crc32c_text(checksum) + " instead of " + crc32c_text(reference.crc32c);
}

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
                    "its folder");
    }
    Uri uri = reference.uri;
    const std::optional<ObjectInfo> info = co_await storage_.co_head(std::move(uri));
    if (!info) throw refusal(ErrorKind::not_found, place, reference, "the data that stood here is gone");
    if (info->size && *info->size != reference.size) throw corrupt(other_size(*info->size, reference), reference);
    if (info->crc32c && info->integrity == Integrity::verified_on_read && *info->crc32c != reference.crc32c) {
      throw corrupt(other_checksum(*info->crc32c, reference), reference);
    }
  }

  static Error refusal(ErrorKind kind, SourcePlace place, const ContentReference& reference, const std::string& why) {
    return Error(kind, place_text(place) + ": " + why).during("inline").about(reference.uri.text());
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
    // It cannot have changed since the first reading, but what is fetched is looked at where it is fetched.
    if (!found) throw Error(found.error());
    if (!*found) co_return;
    if (!rules_.may_fetch((*found)->uri)) throw Error(ErrorKind::permission_denied, "the document changed");
    finder_.drop();
    co_await co_fetch(**found);
  }

  Task<> co_fetch(ContentReference reference) {
    Uri uri = reference.uri;
    SourcePtr source = co_await storage_.co_open(std::move(uri));
    ContentEncoder encoder(reference);
    Crc32c crc;
    std::uint64_t size = 0;
    std::string written;
    encoder.begin(written);
    while (const std::optional<Chunk> chunk = co_await source->co_read()) {
      crc.update(chunk->bytes());
      size += chunk->size();
      if (size > reference.size) break;
      for (const std::string_view piece : TextPieces(chunk->text())) {
        encode(encoder, piece, written, reference);
        co_await writer_.co_write(written);
        written.clear();
      }
    }
    if (size != reference.size) throw corrupt(other_size(size, reference), reference);
    if (crc.value() != reference.crc32c) throw corrupt(other_checksum(crc.value(), reference), reference);
    encode(encoder, std::nullopt, written, reference);
    co_await writer_.co_write(written);
    ++result_.fetched;
    result_.fetched_bytes += size;
  }

  static void encode(ContentEncoder& encoder, std::optional<std::string_view> piece, std::string& written,
                     const ContentReference& reference) {
    try {
      if (piece) {
        encoder.encode(*piece, written);
      } else {
        encoder.finish(written);
      }
    } catch (const Error& error) {
      throw Error(error).during("inline").about(reference.uri.text());
    }
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
