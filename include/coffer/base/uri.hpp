#pragma once

#include <compare>
#include <string>
#include <string_view>

#include <coffer/base/result.hpp>

namespace coffer {

/// Where an object is: scheme, authority, path. An immutable value, parsed and checked once (RFC 3986).
/// The path is kept both as it was written (percent-encoded) and decoded; nothing is normalised: `a//b` and `a/./b` are
/// other names than `a/b`.
class Uri {
 public:
  Uri() = default;
  /// Throws Error{invalid_argument} with the place. Explicit, so that text is never taken for a URI by accident.
  explicit Uri(std::string_view text);
  static Result<Uri> parse(std::string_view text);

  /// `file://` + the absolute path, percent-encoded. The path must begin with '/'.
  static Result<Uri> of_file(std::string_view absolute_path);

  bool empty() const noexcept { return text_.empty(); }
  /// Lower case: "file", "mem", "s3".
  const std::string& scheme() const noexcept { return scheme_; }
  /// Host or bucket, without userinfo; may be empty.
  const std::string& authority() const noexcept { return authority_; }
  /// Decoded, with its leading '/': "/a b/c.mp4". A `%2F` in a file URI is refused when parsing: it would name another
  /// file.
  const std::string& path() const noexcept { return path_; }

  /// The child `key` of this URI: one '/' between, the key percent-encoded. The key is decoded text.
  Uri join(std::string_view key) const;
  /// Where this URI lies below `root`: the decoded key, else nothing. `file:///ab` is not below `file:///a`.
  bool is_below(const Uri& root) const;
  std::string key_below(const Uri& root) const;

  /// For messages, logs and journals: userinfo and the values of the query are hidden.
  std::string text() const;
  /// Complete, secrets included: for requests only.
  const std::string& raw() const noexcept { return text_; }

  friend bool operator==(const Uri& a, const Uri& b) noexcept { return a.text_ == b.text_; }
  friend std::strong_ordering operator<=>(const Uri& a, const Uri& b) noexcept { return a.text_ <=> b.text_; }

 private:
  std::string text_;
  std::string scheme_;
  std::string authority_;
  std::string path_;
};

/// Percent-encodes what RFC 3986 does not allow in a path; '/' stays.
std::string percent_encode_path(std::string_view decoded);

}  // namespace coffer
