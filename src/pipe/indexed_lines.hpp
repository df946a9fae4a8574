#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace coffer {

/// Makes whole lines of what one element of a batch says, each with its index before it, since others speak at the same
/// time.
class IndexedLines {
 public:
  explicit IndexedLines(std::size_t index) : before_("[" + std::to_string(index) + "] ") {}

  /// The lines that are whole now. One of more than 4 KiB is broken.
  std::string add(std::string_view said);
  /// What is left, as a line.
  std::string rest();

 private:
  const std::string before_;
  std::string unfinished_;
};

}  // namespace coffer
