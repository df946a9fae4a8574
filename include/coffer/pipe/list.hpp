#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <coffer/async/task.hpp>
#include <coffer/base/object_info.hpp>
#include <coffer/base/result.hpp>
#include <coffer/base/uri.hpp>
#include <coffer/storage/options.hpp>
#include <coffer/stream/byte_source.hpp>

namespace coffer {

class Storage;

/// The most elements that a list has: some hundred bytes of memory are kept for each while it is written and read.
inline constexpr std::size_t most_list_elements = 100'000;

/// One element of a list: an object of its own.
struct ListElement {
  /// From 0.
  std::size_t index = 0;
  Stored stored;
};

/// A new list. Ends in co_commit(), or there is no list. One outstanding call. Dropping it early never blocks.
class ListSink {
 public:
  ListSink() = default;
  ListSink(const ListSink&) = delete;
  ListSink& operator=(const ListSink&) = delete;
  virtual ~ListSink() = default;

  /// Stores one more element, which readers of the list get when this returns. `type` is empty for that of the list.
  /// Error{too_large} beyond most_list_elements.
  virtual Task<> co_append(SourcePtr source, std::string type = "") = 0;
  virtual Task<> co_append(std::string content, std::string type = "") = 0;
  /// All or nothing: stores the list's own object, which names all elements (docs/pipeline_format.md).
  virtual Task<Stored> co_commit() = 0;
};

using ListSinkPtr = std::unique_ptr<ListSink>;

/// The elements of a list in their order, also while it is still being written. One outstanding call. Dropping it early
/// never blocks.
class ListReader {
 public:
  ListReader() = default;
  ListReader(const ListReader&) = delete;
  ListReader& operator=(const ListReader&) = delete;
  virtual ~ListReader() = default;

  /// The next; waits for one that is not there yet. Nothing at the end, which comes only after the list's commit.
  /// Error{writer_failed} where the list will never be complete.
  virtual Task<std::optional<ListElement>> co_next() = 0;
  /// What an element holds.
  virtual Task<SourcePtr> co_open(ListElement element, ReadOptions options = {}) = 0;
};

using ListReaderPtr = std::unique_ptr<ListReader>;

/// What an element is called as a file: "000001.png" for the first.
std::string list_file_name(const ListElement& element);

/// Where a list's own object lies.
struct ListPlace {
  Uri store;        ///< The root of the store.
  std::string key;  ///< The object's, in there.
};

/// The elements that the text of a list's own object names (docs/pipeline_format.md). Where it was written at the key
/// of `place`, in a store that was called otherwise then, elements in that store have the names that they have in this
/// one. Error{invalid_argument} with the place where it is none; Error{too_large}.
Result<std::vector<ListElement>> parse_list(std::string text, const ListPlace& place = {});
/// Whether an object of this type may be that of a list.
bool is_list_type(std::string_view content_type) noexcept;

/// Loads a list's own object, as a run gives it among its outputs. In the active store it is whole also where that was
/// opened by another path when it was written, through a symbolic link, or was moved since.
Task<std::vector<ListElement>> co_load_list(Storage& storage, Uri list);

}  // namespace coffer
