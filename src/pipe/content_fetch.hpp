#pragma once

#include <coffer/async/task.hpp>
#include <coffer/pipe/content_reference.hpp>
#include <coffer/storage/storage.hpp>

#include "stream/sink_writer.hpp"

namespace coffer {

/// Looks at the object without reading it. False where it is not there; Error{corrupt} where it is another one.
Task<bool> co_check_content(Storage& storage, ContentReference reference);

/// Writes what stood in the document, in JSON. Error{corrupt} where the object is not the one that was moved. Whether
/// it may be fetched is for the caller to know. Storage and writer outlive the task.
Task<> co_fetch_content(Storage& storage, ContentReference reference, SinkWriter& into);

}  // namespace coffer
