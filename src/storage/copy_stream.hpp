#pragma once

#include <string>

#include <coffer/storage/provider.hpp>

namespace coffer {

/// `options` with the content type of the object that the bytes come from, where they name none.
WriteOptions with_type_of(WriteOptions options, const ObjectInfo& info);
/// The same with its metadata, where they have none.
WriteOptions with_facts_of(WriteOptions options, const ObjectInfo& info);

/// Streams a whole object into another name, of the same store or of another one. Both providers outlive the task.
Task<Stored> co_copy_stream(StorageProvider& from, std::string from_key, StorageProvider& to, std::string to_key,
                            WriteOptions options);

}  // namespace coffer
