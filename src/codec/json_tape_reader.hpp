#pragma once

#include <cstddef>
#include <optional>

#include <coffer/base/error.hpp>

#include "codec/json_tape.hpp"

namespace coffer {

/// So many bytes behind the text may be read, and must be there (simdjson's padding).
inline constexpr std::size_t read_beyond = 64;

/// Checks the tape's text and fills in its nodes. Nothing where all is well.
std::optional<Error> read_tape(JsonDocument::Tape& tape, const JsonLimits& limits);

}  // namespace coffer
