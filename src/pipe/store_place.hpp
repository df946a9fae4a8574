#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <coffer/storage/storage.hpp>

namespace coffer {

// Where things lie behind symbolic links: two who open a store by two paths mean the same objects. The Storage outlives
// each task.

/// The keys that files have in the store of a folder; nothing for what is outside. A store follows no link to an
/// object: what is behind one is a file like any other. Looks at files: blocks.
std::vector<std::optional<std::string>> keys_in(const std::filesystem::path& store,
                                                const std::vector<std::filesystem::path>& files);

/// The active store's root behind all links. Others than folders as they are.
Task<Uri> co_real_root(Storage& storage);

/// The object's key where it is in the active store, also by another path.
Task<std::optional<std::string>> co_key_in_store(Storage& storage, Uri uri, Uri real_root);

/// Files that are in the active store by another path get the URI that they have there. `uris` outlive the task.
Task<> co_name_in_store(Storage& storage, std::vector<Uri*> uris);

}  // namespace coffer
