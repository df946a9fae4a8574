#include <coffer/base/text_parts.hpp>

namespace coffer {

std::string join(const TextParts& parts) {
  std::string text;
  for (std::string part = parts(); !part.empty(); part = parts()) text += part;
  return text;
}

}  // namespace coffer
