#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <coffer/async/runtime.hpp>
#include <coffer/storage/options.hpp>
#include <coffer/stream/byte_source.hpp>
#include <coffer/stream/object.hpp>

#include "io_backends/io_backend.hpp"
#include "providers/local/file_standing.hpp"
#include "providers/local/subject.hpp"

namespace coffer {

/// A file that was opened as an object: what its sources share. It stays the same file when its name is given to
/// another.
struct OpenObject {
  OpenObject(Runtime& on, std::shared_ptr<IoBackend> with) : runtime(on), io(std::move(with)) {}

  Runtime& runtime;
  const std::shared_ptr<IoBackend> io;
  FilePtr file;
  FileObject object;
  std::int64_t modified_ns = 0;
  Subject subject;
  /// What direct reads must be multiples of: a power of two, at most `smallest_buffer`; 0 where they cannot be done.
  std::uint32_t direct_alignment = 0;
};
using OpenObjectPtr = std::shared_ptr<const OpenObject>;

/// Opens a file below a folder; null where there is none, or a folder has the name. `path` is relative to `folder`, or
/// absolute where that is null: then it may lead through symbolic links.
/// With `direct` large reads may be direct.
Task<OpenObjectPtr> co_open_object(Runtime& runtime, std::shared_ptr<IoBackend> io, FilePtr folder, std::string path,
                                   Uri uri, Subject subject, bool direct);

/// Tells the observer where another program wrote to the file since it was stored.
void warn_if_changed(const OpenObject& object);
/// Error{precondition_failed} where the etag that was asked for is not this object's.
void check_etag(const OpenObject& object, const ReadOptions& options);

SourcePtr make_file_source(OpenObjectPtr object, Extent extent, bool verify);
ObjectPtr make_file_object(OpenObjectPtr object);

}  // namespace coffer
