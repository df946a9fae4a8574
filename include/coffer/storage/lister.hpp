#pragma once

#include <memory>
#include <string>
#include <vector>

#include <coffer/async/task.hpp>
#include <coffer/base/object_info.hpp>
#include <coffer/storage/options.hpp>

namespace coffer {

/// One name of a listing.
struct ListEntry {
  std::string key;  ///< Decoded, relative to the store's root.
  bool is_prefix =
      false;  ///< A common prefix ending in '/', in a listing that is not recursive; `info` then has only the URI.
  ObjectInfo info;
};

/// Pages through names in byte order. One outstanding call. What is stored or removed meanwhile may or may not appear.
class Lister {
 public:
  Lister() = default;
  Lister(const Lister&) = delete;
  Lister& operator=(const Lister&) = delete;
  virtual ~Lister() = default;
  /// The next page; empty at the end, and again after it. After a call that failed or was cancelled there may be no
  /// going on: Error{invalid_argument}, and the listing begins anew `after` the last name that came.
  virtual Task<std::vector<ListEntry>> co_next() = 0;
};

using ListerPtr = std::unique_ptr<Lister>;

/// A listing for stores that know all their names: of `objects`, in any order, what `prefix` and `options` ask for.
/// `root` is the store's.
ListerPtr make_lister(const Uri& root, std::vector<ListEntry> objects, const std::string& prefix,
                      const ListOptions& options);

}  // namespace coffer
