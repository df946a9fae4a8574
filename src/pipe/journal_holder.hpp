#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <coffer/storage/journal_store.hpp>

namespace coffer {

/// One line of JSON.
std::string holder_to_json(const RunHolder& holder);
/// Nothing where it is no holder.
std::optional<RunHolder> parse_holder(std::string_view json);
/// "process 4711 on host since 2026-01-02 03:04:05 UTC": for messages.
std::string holder_text(const RunHolder& holder);

}  // namespace coffer
