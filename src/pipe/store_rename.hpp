#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <coffer/base/uri.hpp>
#include <coffer/pipe/list.hpp>

#include "pipe/journal_records.hpp"

namespace coffer {

/// A store that was opened by one URI and is opened by another now: through a symbolic link, or because it was moved.
/// What was below the one is below the other. Values without I/O.
struct StoreRename {
  Uri then;
  Uri now;

  /// What is not below `then` keeps its name, and so does an empty text.
  Uri apply(Uri uri) const;
  std::string apply(std::string uri) const;
  /// All URIs of it.
  void apply(JournalRecord& record) const;
  void apply(std::vector<ListElement>& elements) const;
};

}  // namespace coffer
