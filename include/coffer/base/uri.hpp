#pragma once

#include <compare>
#include <string>
#include <string_view>

#include <coffer/base/result.hpp>

namespace coffer {

/// Where an object is: scheme, authority, path. An immutable value, parsed and checked once (RFC 3986).
/// The path is kept both percent-encoded and decoded, and never normalised: `a//b` and `a/./b` are other names than
/// `a/b`. Two URIs are equal where their texts are. A file URI has one text only, whichever way it was written: without
/// `localhost`, and with nothing encoded that need not be; so two of them are equal where they name the same path. All
/// others keep their text, but for the scheme's case and `scheme:/path`, which becomes `scheme:///path`.
class Uri {
 public:
  Uri() = default;
  /// Throws Error{invalid_argument} with the place. Explicit, so that text is never taken for a URI by accident.
  explicit Uri(std::string_view text);
  [[nodiscard]] static Result<Uri> parse(std::string_view text);

  /// `file://` + the absolute path, percent-encoded. The path must begin with '/'.
  [[nodiscard]] static Result<Uri> of_file(std::string_view absolute_path);

  bool empty() const noexcept { return text_.empty(); }
  /// Lower case: "file", "mem", "s3".
  const std::string& scheme() const noexcept { return scheme_; }
  /// Host or bucket, with its port where it has one, without userinfo; may be empty. As it was written.
  const std::string& authority() const noexcept { return authority_; }
  /// Decoded, with its leading '/': "/a b/c.mp4"; "/" where there is none ("s3://bucket"). A `%2F` in a file URI is
  /// refused when parsing: it would name another file.
  const std::string& path() const noexcept { return path_; }

  /// The child `key` of this URI: one '/' between, the key percent-encoded; a query stays. The key is decoded text, and
  /// kept to the byte. Throws Error{invalid_argument} where it has a NUL byte, or where this URI is empty.
  Uri join(std::string_view key) const;
  /// Compares scheme, authority and decoded path. A '/' at the end of `root` makes no difference. `file:///ab` is not
  /// below `file:///a`, nor is `file:///a` itself; `file:///a/` is, with the empty key: the prefix of all that is in
  /// there.
  bool is_below(const Uri& root) const;
  /// The decoded key that `root.join()` makes this of; empty where this is not below `root`.
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
