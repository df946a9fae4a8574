#pragma once

#include <vector>

#include <coffer/base/uri.hpp>

namespace coffer {

/// What of the URIs in a document may be fetched: what offload could have written into a store, and what lies below
/// roots that somebody named outside of the document.
class FetchRules {
 public:
  explicit FetchRules(std::vector<Uri> roots);
  /// What offload could have written into the store with this root.
  void allow_offloaded(const Uri& store);
  bool may_fetch(const Uri& uri) const;

 private:
  Uri offloaded_;  // Empty where nothing of it is allowed.
  std::vector<Uri> roots_;
};

}  // namespace coffer
