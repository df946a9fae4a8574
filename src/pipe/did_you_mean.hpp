#pragma once

#include <span>
#include <string>
#include <string_view>

namespace coffer {

/// "; did you mean 'reads'?" where one of the words is near, else nothing.
std::string did_you_mean(std::string_view wrong, std::span<const std::string> words);

}  // namespace coffer
