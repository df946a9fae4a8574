#include <coffer/base/source_place.hpp>

namespace coffer {

std::string place_text(SourcePlace place) {
  if (!place.known()) return "";
  return "line " + std::to_string(place.line) + ", column " + std::to_string(place.column);
}

}  // namespace coffer
