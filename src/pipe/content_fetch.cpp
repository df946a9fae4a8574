#include "pipe/content_fetch.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <coffer/base/checksum.hpp>

#include "pipe/content_codec.hpp"
#include "pipe/text_pieces.hpp"

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

void encode(ContentEncoder& encoder, std::optional<std::string_view> piece, std::string& written,
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

}  // namespace

Task<bool> co_check_content(Storage& storage, ContentReference reference) {
  Uri uri = reference.uri;
  const std::optional<ObjectInfo> info = co_await storage.co_head(std::move(uri));
  if (!info) co_return false;
  if (info->size && *info->size != reference.size) throw corrupt(other_size(*info->size, reference), reference);
  if (info->crc32c && info->integrity == Integrity::verified_on_read && *info->crc32c != reference.crc32c) {
    throw corrupt(other_checksum(*info->crc32c, reference), reference);
  }
  co_return true;
}

Task<> co_fetch_content(Storage& storage, ContentReference reference, SinkWriter& into) {
  Uri uri = reference.uri;
  SourcePtr source = co_await storage.co_open(std::move(uri));
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
      co_await into.co_write(written);
      written.clear();
    }
  }
  if (size != reference.size) throw corrupt(other_size(size, reference), reference);
  if (crc.value() != reference.crc32c) throw corrupt(other_checksum(crc.value(), reference), reference);
  encode(encoder, std::nullopt, written, reference);
  co_await into.co_write(written);
}

}  // namespace coffer
