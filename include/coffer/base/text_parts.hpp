#pragma once

#include <functional>
#include <string>

namespace coffer {

/// A text that is made while it is read, so that it is never in memory whole: each call gives its next part, and an
/// empty one at its end. For one reader.
using TextParts = std::function<std::string()>;

/// The rest of the text, whole.
std::string join(const TextParts& parts);

}  // namespace coffer
