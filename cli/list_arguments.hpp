#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <coffer/async/task.hpp>
#include <coffer/base/uri.hpp>

#include "cli/session.hpp"

namespace coffer::cli {

/// The regular files of a folder in the byte order of their names, those with a '.' first left out: an input that is a
/// list. Throws Error{not_found}, Error{invalid_argument} for what is no folder.
std::vector<Uri> files_of_list(const std::string& folder);

/// The elements of a list in the store: what lies directly below a prefix that ends in '/', in byte order; or what a
/// list's own object names.
Task<std::vector<Uri>> co_elements_of(Session& session, Uri list);

/// Writes the elements of a list as files of a folder, which is made: "000001.png" and so on, over what is there.
Task<> co_write_list(Session& session, Uri list, std::filesystem::path folder);

}  // namespace coffer::cli
