#pragma once

#include <string>
#include <string_view>

namespace coffer {

/// A name of a pipeline in a message: it has no quotes of its own.
inline std::string in_quotes(std::string_view name) { return "'" + std::string(name) + "'"; }

}  // namespace coffer
