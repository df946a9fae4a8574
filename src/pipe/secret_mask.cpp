#include "pipe/secret_mask.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace coffer {

SecretMask::SecretMask(std::string secret) : secret_(std::move(secret)) {}

std::string SecretMask::masked(std::string text) const {
  constexpr std::string_view instead = "***";
  if (secret_.empty()) return text;
  for (std::size_t at = text.find(secret_); at != std::string::npos; at = text.find(secret_, at + instead.size())) {
    text.replace(at, secret_.size(), instead);
  }
  return text;
}

std::string SecretMask::add(std::string_view piece) {
  std::string text = masked(std::exchange(kept_, {}).append(piece));
  if (secret_.empty()) return text;
  std::size_t length = std::min(text.size(), secret_.size() - 1);
  while (!text.ends_with(std::string_view(secret_).substr(0, length))) --length;
  kept_ = text.substr(text.size() - length);
  text.resize(text.size() - length);
  return text;
}

std::string SecretMask::rest() { return std::exchange(kept_, {}); }

}  // namespace coffer
