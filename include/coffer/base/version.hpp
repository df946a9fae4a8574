#pragma once

#include <string_view>

namespace coffer {

/// The version of the library that is linked in, as in "0.1.0".
std::string_view version() noexcept;

}  // namespace coffer
