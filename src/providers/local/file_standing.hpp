#pragma once

#include <optional>
#include <string>

#include <coffer/base/object_info.hpp>

#include "providers/local/attribute_record.hpp"
#include "providers/local/file_calls.hpp"

namespace coffer {

/// What a file's record says about its bytes, as far as that is seen without reading them.
enum class Standing : std::uint8_t {
  intact,           ///< As it was stored: the checksum applies.
  changed_outside,  ///< Another program wrote to it since: its mtime is not the one in the record.
  resized,          ///< Corrupt: the mtime is that of the record, the size is not.
  unverified,       ///< No record: another program's file, or copied without its attributes.
};

Standing standing_of(const FileFacts& facts, const std::optional<AttributeRecord>& record) noexcept;

/// A file as an object.
struct FileObject {
  ObjectInfo info;
  Standing standing = Standing::unverified;
};

/// `attribute` is the record's bytes; "" where there is none. The content type of a file without a record is that of
/// its name's ending.
FileObject describe_file(Uri uri, const FileFacts& facts, const std::string& attribute);

/// The etag of a file that has no record, or one that no longer applies: its inode, size, mtime and ctime.
std::string foreign_etag(const FileFacts& facts);

}  // namespace coffer
