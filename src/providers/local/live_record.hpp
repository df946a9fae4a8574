#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coffer {

/// What an object that is being written says of itself to followers: a file in the hidden folder, locked by its writer.
/// Its bytes are described in docs/local_store.md.
struct LiveRecord {
  std::string key;
  std::string file;  ///< The name of the file that is written, in the hidden folder's `tmp`.
  std::string content_type;
  std::int64_t begun_ns = 0;  ///< Since 1970.
};

enum class LiveState : std::uint8_t { writing = 0, committed = 1, given_up = 2 };

/// How far the writer is: the part of the file that changes.
struct LiveProgress {
  LiveState state = LiveState::writing;
  std::uint64_t written_to = 0;  ///< Bytes from the start that can be read.
};

inline constexpr std::size_t live_progress_offset = 8;
inline constexpr std::size_t live_progress_size = 13;
/// No record is longer: a key has at most 4095 bytes.
inline constexpr std::size_t longest_live_record = 8192;

/// Both, as the file begins.
std::string encode_live(const LiveRecord& record, const LiveProgress& progress);
/// Nothing for bytes that are no record, or not yet all of it.
std::optional<LiveRecord> decode_live(std::string_view bytes);

std::string encode_live_progress(const LiveProgress& progress);
/// Nothing for bytes that were read while they were written.
std::optional<LiveProgress> decode_live_progress(std::string_view bytes);

/// What the names of a key's records begin with.
std::string live_prefix(std::string_view key);

}  // namespace coffer
