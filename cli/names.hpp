#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <coffer/base/error.hpp>
#include <coffer/base/uri.hpp>

namespace coffer::cli {

/// Whether an argument is written as a URI ("scheme://...") rather than as a key. So is "file:/a", which
/// is refused wherever an object is named.
bool looks_like_uri(std::string_view text);

/// Throws Error{invalid_argument} for "file:/a" and "mem:/a".
void refuse_half_uri(const std::string& text);

/// The object that an argument names: a bare key below the store, a URI as it is, unless it leads into the store by
/// another path: then it is the object there. Throws Error{invalid_argument} for what is neither: nothing, a path.
Uri object_named(const std::string& text, const Uri& store);
/// The same for a prefix: empty text is the whole store.
Uri prefix_named(const std::string& text, const Uri& store);

/// Error{not_found} for a prefix that nothing has.
Error nothing_begins_so(const std::string& verb, const Uri& prefix);

/// What a listing of the store calls an object: its key, or its URI where the user wrote a URI.
std::string shown_name(const Uri& uri, const Uri& store, bool as_uri);

/// The last segment of an object's name, as a file's name; throws Error{invalid_argument} where it could be none.
std::string last_name(const Uri& uri);

/// The files outside the store that URIs on the command line name: they may be read.
std::vector<std::filesystem::path> files_outside(const std::vector<Uri>& typed, const Uri& store);

}  // namespace coffer::cli
