#pragma once

#include <memory>
#include <string>

#include <coffer/storage/options.hpp>
#include <coffer/stream/byte_source.hpp>

#include "providers/local/file_watch.hpp"
#include "providers/local/live_writer.hpp"
#include "providers/local/local_store.hpp"
#include "providers/local/subject.hpp"

namespace coffer {

/// A source over what a writer, of this process or another, still writes: ends after its commit, through the same open
/// file. `watch` watches the writer's announcement.
SourcePtr make_follow_source(std::shared_ptr<LocalStore> store, Subject subject, std::string key, LiveWriter writer,
                             std::unique_ptr<FileWatch> watch, const FollowOptions& options);

Error writer_was_killed(const Subject& subject);
/// How what it left is collected.
inline constexpr const char* cure_of_the_killed = "`coffer gc --older-than 0s` removes what it left";

/// Where a range lies in an object that is complete. One to the end may begin there: who has all bytes and asks for
/// what comes behind them learns that nothing does. Error{range_not_satisfiable} for others without a byte.
Extent followed_extent(const ByteRange& range, std::uint64_t size);

}  // namespace coffer
