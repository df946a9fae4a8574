#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <coffer/base/object_info.hpp>
#include <coffer/base/result.hpp>

namespace coffer {

/// The extended attribute that holds the record.
inline constexpr const char* record_attribute = "user.coffer";
/// ext4 keeps all attributes of a file in one block of 4 KiB and answers ENOSPC beyond it.
inline constexpr std::size_t longest_record = 3584;

/// What Coffer keeps with a file. Its bytes are described in docs/local_store.md.
struct AttributeRecord {
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  ///< The file's mtime when the record was made, since 1970.
  std::uint32_t crc32c = 0;
  std::uint64_t etag = 0;  ///< Random.
  std::string content_type;
  Metadata metadata;
};

/// Error{too_large} where type and metadata are larger than a file system may keep: known before anything is written.
Result<void> check_record_fits(const std::string& content_type, const Metadata& metadata);

std::string encode_record(const AttributeRecord& record);
/// Nothing for bytes that are no record, a damaged one, or one of a later version.
std::optional<AttributeRecord> decode_record(std::string_view bytes);

/// Sixteen hexadecimal digits.
std::string etag_text(std::uint64_t etag);

}  // namespace coffer
