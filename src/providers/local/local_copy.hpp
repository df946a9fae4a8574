#pragma once

#include <memory>
#include <optional>
#include <string>

#include <coffer/async/task.hpp>
#include <coffer/base/object_info.hpp>
#include <coffer/storage/options.hpp>

#include "providers/local/local_store.hpp"
#include "providers/local/open_object.hpp"

namespace coffer {

/// Copies inside one store: shares the blocks where the file system can, else lets the kernel copy. `from` has a
/// checksum, which the copy keeps; `options` name content type and metadata of the copy. Nothing where the kernel can
/// do neither (a folder of the store on another file system): then nothing was stored.
Task<std::optional<Stored>> co_copy_file(std::shared_ptr<LocalStore> store, OpenObjectPtr from, std::string to,
                                         WriteOptions options);

}  // namespace coffer
