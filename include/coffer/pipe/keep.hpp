#pragma once

#include <cstdint>
#include <string_view>

namespace coffer {

/// What of the objects that a run has stored stays when it is over. What was given a place of its own outside the run's
/// names always stays, and so does what was there before.
enum class Keep : std::uint8_t {
  everything,  ///< Inputs that were stored and what pipes handed each other too.
  outputs,     ///< The pipeline's outputs.
  nothing,     ///< None, nor its journal.
};

/// "everything", "outputs", "nothing".
std::string_view to_string(Keep keep) noexcept;

}  // namespace coffer
