#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <coffer/async/task.hpp>
#include <coffer/base/object_info.hpp>
#include <coffer/stream/byte_sink.hpp>
#include <coffer/stream/byte_source.hpp>
#include <coffer/stream/pump.hpp>

namespace coffer {

class Storage;

/// The folder of the active store in which offload puts what it moves, and from which inline fetches it.
inline constexpr std::string_view offload_folder = "offloaded";

/// How to move data out of a working memory.
class OffloadOptions {
 public:
  OffloadOptions() = default;
  /// Strings that take fewer bytes in the document stay in it. Default 1024; 0 moves every string of a content.
  OffloadOptions& inline_below(std::uint64_t bytes) & {
    inline_below_ = bytes;
    return *this;
  }
  OffloadOptions&& inline_below(std::uint64_t bytes) && { return std::move(inline_below(bytes)); }
  /// Is told how much of the document was worked through. Default: nobody.
  OffloadOptions& progress(Progress progress) & {
    progress_ = std::move(progress);
    return *this;
  }
  OffloadOptions&& progress(Progress progress) && { return std::move(this->progress(std::move(progress))); }

  std::uint64_t inline_below() const noexcept { return inline_below_; }
  const Progress& progress() const noexcept { return progress_; }

 private:
  std::uint64_t inline_below_ = 1024;
  Progress progress_;
};

/// What was moved.
struct OffloadResult {
  std::uint64_t moved = 0;
  /// In the store, together.
  std::uint64_t moved_bytes = 0;
  /// All objects lie below it: removing it removes them.
  Uri folder;
  /// The light document.
  Stored memory;
};

/// Moves data: URLs, base64 and long texts of a working memory's contents (Pipelex's JSON, in any of its forms) into
/// the active store, each into an object of its own, and writes the document with references (ContentReference) in
/// their places into `light`, which it commits once all objects are durable. Every other character stays as it is, URIs
/// among them, and references into this store that are there already: inline brings back what they refer to. What it
/// holds in memory does not grow with the document, but for 16 bytes for each string that is moved.
///
/// The document is read twice, first to check it: one that cannot be read again is spooled to the Storage's Scratch.
/// Error{invalid_argument} with line and column for what is no JSON, or no working memory, before anything is stored.
/// Where it fails later or is cancelled, the objects are removed again and `light` is not committed; where that commit
/// itself is Error{outcome_unknown}, they stay. Error{corrupt} where the document changes meanwhile. The Storage and
/// `light` outlive the task.
Task<OffloadResult> co_offload_memory(Storage& storage, SourcePtr memory, ByteSink& light, OffloadOptions options = {});

/// How to bring data back.
class InlineOptions {
 public:
  InlineOptions() = default;
  /// What a document names is not trusted: only what offload writes into the active store is fetched, and what lies
  /// below these. Any number of them.
  InlineOptions& from(Uri root) & {
    from_.push_back(std::move(root));
    return *this;
  }
  InlineOptions&& from(Uri root) && { return std::move(from(std::move(root))); }
  /// Is told how much of the document was worked through. Default: nobody.
  InlineOptions& progress(Progress progress) & {
    progress_ = std::move(progress);
    return *this;
  }
  InlineOptions&& progress(Progress progress) && { return std::move(this->progress(std::move(progress))); }

  const std::vector<Uri>& from() const noexcept { return from_; }
  const Progress& progress() const noexcept { return progress_; }

 private:
  std::vector<Uri> from_;
  Progress progress_;
};

/// What was brought back.
struct InlineResult {
  std::uint64_t fetched = 0;
  std::uint64_t fetched_bytes = 0;
  Stored memory;
};

/// Undoes co_offload_memory, byte for byte: writes the document with the data in the places of its references into
/// `whole`, and commits it. The objects stay.
///
/// The document is read twice, first to look whether all objects are there. Error{invalid_argument} with line and
/// column for what is no working memory and for a reference that was changed; Error{permission_denied} for one that
/// may not be fetched; Error{not_found}; Error{corrupt} for an object that is not the one which was moved, and for a
/// document that changed in between. `whole` is not committed then. The Storage and `whole` outlive the task.
Task<InlineResult> co_inline_memory(Storage& storage, SourcePtr memory, ByteSink& whole, InlineOptions options = {});

static_assert(!std::is_aggregate_v<OffloadOptions> && !std::is_aggregate_v<InlineOptions>);

}  // namespace coffer
