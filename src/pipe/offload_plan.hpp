#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "pipe/memory_scanner.hpp"
#include "pipe/string_classifier.hpp"

namespace coffer {

/// A string that is moved.
struct PlannedMove {
  std::uint64_t offset = 0;  ///< Of its quote in the document.
  ContentForm form = ContentForm::value;
};

/// Reads a working memory and notes what of it is moved, in the order of the text. As MemoryScanner otherwise.
class OffloadPlanner {
 public:
  /// The rules outlive it.
  OffloadPlanner(std::uint64_t inline_below, const FetchRules& rules) : inline_below_(inline_below), rules_(rules) {}

  void read(std::string_view piece);
  /// The document is over.
  std::vector<PlannedMove> take_plan() &&;

 private:
  const std::uint64_t inline_below_;
  const FetchRules& rules_;
  MemoryScanner scanner_;
  std::optional<StringClassifier> string_;
  std::vector<PlannedMove> plan_;
};

}  // namespace coffer
