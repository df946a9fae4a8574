#pragma once

#include <cstdint>
#include <string>

namespace coffer {

/// Where something stands in a text: line and column from 1, the column in characters. 0 where that is not known.
struct SourcePlace {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool known() const noexcept { return line != 0; }
  friend bool operator==(const SourcePlace&, const SourcePlace&) = default;
};

/// "line 3, column 5"; empty where unknown.
std::string place_text(SourcePlace place);

}  // namespace coffer
