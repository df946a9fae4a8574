#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <coffer/base/source_place.hpp>
#include <coffer/pipe/content_reference.hpp>

#include "pipe/memory_scanner.hpp"

namespace coffer {

/// Holds back each string of a working memory that may be a reference until it is whole.
class ReferenceFinder {
 public:
  void take(const MemoryPart& part);
  /// Behind a string's end: the reference that the string is, or nothing. Error as ContentReference::parse has it.
  Result<std::optional<ContentReference>> reference() const;
  /// Behind a string's end: it is not passed on.
  void drop() noexcept { ready_ = {}; }
  /// What can be passed on after the last part: all that came but what is held back. Valid until the next take().
  std::string_view passed_on() const noexcept { return ready_; }
  /// Where the string begins whose end stands before `behind`.
  SourcePlace begun(SourcePlace behind) const;

 private:
  std::string held_;  // A string from its quote on, as long as it may be a reference.
  bool holding_ = false;
  bool is_whole_ = false;  // The last part ended a string that was held.
  std::string_view ready_;
};

}  // namespace coffer
