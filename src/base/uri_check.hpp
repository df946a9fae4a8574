#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <coffer/base/error.hpp>

namespace coffer {

/// Error{invalid_argument} that names the place; `index` counts from 0, the message from 1. It never holds the text
/// itself: what is no URI may still have a password in it.
Error bad_uri(std::string_view why, std::size_t index);

/// Nothing where `text` has a scheme, a path that begins with '/' or an authority, only characters that a URI may have,
/// and none that Coffer refuses (fragments, NUL; of file URIs, queries and encoded '/'). What is left to check is the
/// grammar.
std::optional<Error> check_uri_text(std::string_view text);

}  // namespace coffer
