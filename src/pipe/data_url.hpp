#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace coffer {

/// What a data: URL with base64 (RFC 2397) says before its data: "image/png" of "data:image/png;base64,…". Nothing
/// where the string does not begin as one in lower case, or with a type that JSON needs escapes for. `begin` is what
/// stands behind the quote, as it is written.
std::optional<std::string_view> data_url_type(std::string_view begin) noexcept;

/// How many characters stand before the data.
std::size_t data_url_head(std::string_view type) noexcept;

}  // namespace coffer
