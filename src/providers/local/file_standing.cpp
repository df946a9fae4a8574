#include "providers/local/file_standing.hpp"

#include <chrono>
#include <utility>

#include <coffer/base/content_type.hpp>

namespace coffer {

Standing standing_of(const FileFacts& facts, const std::optional<AttributeRecord>& record) noexcept {
  if (!record) return Standing::unverified;
  if (record->modified_ns != facts.modified_ns) return Standing::changed_outside;
  return record->size == facts.size ? Standing::intact : Standing::resized;
}

std::string foreign_etag(const FileFacts& facts) {
  return etag_text(facts.inode) + "-" + std::to_string(facts.size) + "-" + std::to_string(facts.modified_ns) + "-" +
         std::to_string(facts.changed_ns);
}

FileObject describe_file(Uri uri, const FileFacts& facts, const std::string& attribute) {
  std::optional<AttributeRecord> record;
  if (!attribute.empty()) record = decode_record(attribute);

  FileObject object;
  object.standing = standing_of(facts, record);
  ObjectInfo& info = object.info;
  info.uri = std::move(uri);
  info.size = facts.size;
  info.modified = std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::nanoseconds(facts.modified_ns)));
  if (record) {
    info.content_type = std::move(record->content_type);
    info.metadata = std::move(record->metadata);
  } else {
    info.content_type = content_type_of_name(info.uri.path());
  }
  switch (object.standing) {
    case Standing::intact:
    case Standing::resized:
      info.crc32c = record->crc32c;
      info.etag = etag_text(record->etag);
      info.integrity = Integrity::verified_on_read;
      break;
    case Standing::changed_outside:
      info.etag = foreign_etag(facts);
      info.integrity = Integrity::changed_outside;
      break;
    case Standing::unverified:
      info.etag = foreign_etag(facts);
      info.integrity = Integrity::unverified;
      break;
  }
  return object;
}

}  // namespace coffer
