#pragma once

#include <filesystem>
#include <memory>

#include <coffer/storage/journal_store.hpp>

namespace coffer {

class IoBackend;
class Runtime;

/// Journals in a folder for each run below `folder`, which is made when the first run begins: docs/journal_format.md.
/// The Runtime outlives it and its claims.
std::shared_ptr<JournalStore> make_file_journals(Runtime& runtime, std::shared_ptr<IoBackend> io,
                                                 std::filesystem::path folder);

}  // namespace coffer
