#include "pipe/fetch_rules.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <coffer/pipe/memory_offload.hpp>

namespace coffer {
namespace {

/// As Coffer names objects and folders: at least a time and its random bits (object_name.hpp).
constexpr std::size_t name_length = 28;

constexpr bool is_of_name(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

bool is_given_name(std::string_view name) noexcept {
  return name.size() == name_length && std::ranges::all_of(name, is_of_name);
}

/// NAME or NAME.png.
bool is_given_object_name(std::string_view name) noexcept {
  const std::size_t dot = name.find('.');
  if (!is_given_name(name.substr(0, dot))) return false;
  return dot == std::string_view::npos || std::ranges::all_of(name.substr(dot + 1), is_of_name);
}

/// A stuff's content has a name of its own; what is moved out of one document shares a folder.
bool is_offloaded_key(std::string_view key) noexcept {
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos) return is_given_object_name(key);
  return is_given_name(key.substr(0, slash)) && is_given_object_name(key.substr(slash + 1));
}

}  // namespace

FetchRules::FetchRules(std::vector<Uri> roots) : roots_(std::move(roots)) {}

void FetchRules::allow_offloaded(const Uri& store) { offloaded_ = store.join(offload_folder); }

bool FetchRules::may_fetch(const Uri& uri) const {
  if (!offloaded_.empty() && uri.is_below(offloaded_) && is_offloaded_key(uri.key_below(offloaded_))) return true;
  return std::ranges::any_of(roots_, [&](const Uri& root) { return uri == root || uri.is_below(root); });
}

}  // namespace coffer
