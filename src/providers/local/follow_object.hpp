#pragma once

#include <memory>
#include <string>

#include <coffer/async/task.hpp>
#include <coffer/storage/options.hpp>
#include <coffer/stream/byte_source.hpp>

#include "providers/local/local_store.hpp"
#include "providers/local/subject.hpp"

namespace coffer {

/// A source over the object as it is being written: waits for its writer. Over the finished object where that is there
/// and nobody writes another. `subject` outlives the task.
Task<SourcePtr> co_follow_object(std::shared_ptr<LocalStore> store, const Subject& subject, std::string key,
                                 FollowOptions options);

}  // namespace coffer
