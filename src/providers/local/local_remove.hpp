#pragma once

#include <memory>
#include <string>

#include <coffer/async/task.hpp>
#include <coffer/storage/options.hpp>

#include "providers/local/local_store.hpp"

namespace coffer {

/// Removes one object, durably, and the folders above it that are empty then.
Task<> co_remove_object(std::shared_ptr<LocalStore> store, std::string key, RemoveOptions options);

/// Removes everything below `prefix`, which is empty or ends in '/'. What is no object (symbolic links, special files)
/// stays, with the folders that it lies in.
Task<> co_remove_below(std::shared_ptr<LocalStore> store, std::string prefix);

}  // namespace coffer
