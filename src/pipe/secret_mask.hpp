#pragma once

#include <string>
#include <string_view>

namespace coffer {

/// Takes a secret out of text that comes in pieces: "***" stands in its place.
class SecretMask {
 public:
  /// An empty secret is none.
  explicit SecretMask(std::string secret = "");

  /// What can be passed on now. An end that may be the beginning of the secret is kept back.
  std::string add(std::string_view piece);
  /// What is kept back, when no more comes.
  std::string rest();
  /// A whole text without it.
  std::string masked(std::string text) const;

 private:
  std::string secret_;
  std::string kept_;
};

}  // namespace coffer
