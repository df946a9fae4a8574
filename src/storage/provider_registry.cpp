#include <algorithm>
#include <string_view>
#include <utility>

#include <coffer/storage/provider_registry.hpp>

namespace coffer {
namespace {

std::string_view without_last_slash(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

/// `mem://a` and `mem://a/` are one root: `join` makes the same names of both.
bool same_root(const Uri& a, const Uri& b) {
  return a.scheme() == b.scheme() && a.authority() == b.authority() &&
         without_last_slash(a.path()) == without_last_slash(b.path());
}

std::string names_of(const std::vector<ProviderPtr>& providers) {
  std::string names;
  for (const ProviderPtr& provider : providers) {
    if (!names.empty()) names += ", ";
    names += provider->root().text();
  }
  return names;
}

}  // namespace

ProviderRegistry& ProviderRegistry::add(ProviderPtr provider) {
  if (!provider) throw Error(ErrorKind::invalid_argument, "a null provider cannot be registered");
  const auto same = [&](const ProviderPtr& other) { return same_root(other->root(), provider->root()); };
  if (std::any_of(providers_.begin(), providers_.end(), same)) {
    throw Error(ErrorKind::invalid_argument, "two providers have the same root: give each a root of its own")
        .about(provider->root().text());
  }
  providers_.push_back(std::move(provider));
  return *this;
}

ProviderRegistry& ProviderRegistry::add_active(ProviderPtr provider) {
  add(provider);
  active_ = std::move(provider);
  return *this;
}

Result<ProviderRegistry::Place> ProviderRegistry::find(const Uri& uri) const {
  const ProviderPtr* best = nullptr;
  for (const ProviderPtr& provider : providers_) {
    // The root itself is a place too: the empty key, for listing all that is in it.
    if (!uri.is_below(provider->root()) && !same_root(uri, provider->root())) continue;
    if (!best || (*best)->root().path().size() < provider->root().path().size()) best = &provider;
  }
  if (!best) {
    std::string message = "no store serves this URI; ";
    message += providers_.empty() ? "none is registered" : "there are: " + names_of(providers_);
    return Error(ErrorKind::not_found, std::move(message)).about(uri.text());
  }
  return Place{*best, uri.key_below((*best)->root())};
}

}  // namespace coffer
