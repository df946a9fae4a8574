#pragma once

#include <filesystem>
#include <memory>

#include <coffer/storage/storage.hpp>

#include "pipe/run_list.hpp"
#include "pipe/run_tally.hpp"

namespace coffer {

/// Makes a folder with the elements of a complete list as files that must not be written to: "000001.png", "000002.png"
/// and so on in the order of the list. Where an element lies in a local store of the same file system, its file is a
/// link to it, else a copy. `list` outlives the task.
Task<> co_make_list_folder(Storage& storage, const RunList& list, std::filesystem::path folder,
                           std::shared_ptr<RunTally> tally);

}  // namespace coffer
