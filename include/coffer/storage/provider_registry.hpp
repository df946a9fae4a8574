#pragma once

#include <string>
#include <vector>

#include <coffer/base/result.hpp>
#include <coffer/storage/provider.hpp>

namespace coffer {

/// Which provider serves a URI: the one with the longest root that it lies below. A value, filled before it is given to
/// a Storage; never global.
class ProviderRegistry {
 public:
  struct Place {
    ProviderPtr provider;
    std::string key;
  };

  /// Error{invalid_argument} where a provider with the same root is registered.
  ProviderRegistry& add(ProviderPtr provider);
  /// Adds it and lets it name new objects.
  ProviderRegistry& add_active(ProviderPtr provider);

  /// Error{not_found} where no root is above the URI, with the roots there are.
  [[nodiscard]] Result<Place> find(const Uri& uri) const;
  /// Null where none was made active.
  const ProviderPtr& active() const noexcept { return active_; }
  const std::vector<ProviderPtr>& providers() const noexcept { return providers_; }

 private:
  std::vector<ProviderPtr> providers_;
  ProviderPtr active_;
};

}  // namespace coffer
