#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <coffer/base/source_place.hpp>

namespace coffer {

/// The way to a value that is being read or written: "lines[2].price". A step is made on the stack for each level and
/// refers to the one above it, so that nothing is spent where all goes well.
class KajsonPath {
 public:
  /// The document itself.
  KajsonPath() = default;
  /// `name` must outlive it.
  KajsonPath member(std::string_view name) const noexcept { return {this, name, 0}; }
  KajsonPath element(std::size_t index) const noexcept { return {this, {}, index}; }

  std::string text() const;
  /// Throws Error{invalid_argument} with the line and column, this path and `why`.
  [[noreturn]] void refuse(SourcePlace place, const std::string& why) const;
  /// The same where a value cannot be written: it has no line.
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  KajsonPath(const KajsonPath* above, std::string_view name, std::size_t index) noexcept
      : above_(above), name_(name), index_(index) {}

  const KajsonPath* above_ = nullptr;
  std::string_view name_;  // Of a member; an element has only its index.
  std::size_t index_ = 0;
};

}  // namespace coffer
