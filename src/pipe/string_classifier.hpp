#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <coffer/pipe/content_reference.hpp>

#include "codec/base64.hpp"
#include "codec/json_strings.hpp"
#include "pipe/fetch_rules.hpp"

namespace coffer {

/// A reference, as it is written, is no longer than that.
inline constexpr std::size_t longest_reference = 4096;

/// Decides whether a string of a content is moved into the store, and how. Takes it as it is written, in pieces that
/// cut no character and no escape.
class StringClassifier {
 public:
  /// Shorter strings stay, as they are written, in bytes; and references to what the rules, which outlive it, allow.
  StringClassifier(std::uint64_t inline_below, const FetchRules& rules) : inline_below_(inline_below), rules_(rules) {}

  void add(std::string_view inside);
  /// Nothing for one that stays.
  std::optional<ContentForm> form() const;

 private:
  bool is_uri() const noexcept;

  const std::uint64_t inline_below_;
  const FetchRules& rules_;
  std::uint64_t size_ = 0;
  std::string begin_;  // At most one character more than a reference may have.
  bool data_begun_ = false;
  Base64Checker data_;   // Of a data: URL, what stands behind its comma.
  Base64Checker whole_;  // Of all; only where there is no such data.
  JsonEscapesChecker escapes_;
  bool has_spaces_or_escapes_ = false;
};

}  // namespace coffer
