#pragma once

#include <span>
#include <string>
#include <string_view>

namespace coffer {

/// The end of a message about a word that is none of `words`: "; did you mean 'reads'?" where one of them is near, else
/// nothing. Of two that are as near it is the first.
std::string did_you_mean(std::string_view wrong, std::span<const std::string> words);

}  // namespace coffer
