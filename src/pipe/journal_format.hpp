#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <coffer/base/result.hpp>
#include <coffer/storage/journal_store.hpp>

namespace coffer {

// How a run's journal is kept: docs/journal_format.md. Pure.

/// The version that is written, and the newest that is read.
inline constexpr std::int64_t journal_version = 1;
/// Of a record; more is refused when it is written.
inline constexpr std::size_t longest_journal_record = std::size_t{16} << 20U;

/// What a segment begins with.
struct SegmentHeader {
  std::string run;
  std::uint32_t number = 0;
  RunHolder holder;
  /// How many bytes of the segment before it count. What stands behind them was never whole, or was written by somebody
  /// who did not hold the run any more.
  std::uint64_t after = 0;
};

/// One line: length, checksum, JSON.
std::string journal_frame(std::string_view json);
/// The frame that a segment begins with.
std::string segment_header(const SegmentHeader& header);

/// What a whole journal says.
struct JournalContents {
  struct Record {
    std::string json;
    // Where it stands, for messages.
    std::uint32_t segment = 0;
    std::uint64_t offset = 0;
  };
  std::vector<SegmentHeader> headers;
  std::vector<Record> records;
  /// What the header of a next segment says of the last one.
  std::uint32_t next_number = 1;
  std::uint64_t next_after = 0;
};

/// Reads all segments, given by number. What is torn at the end of the last one is no part of it.
/// Error{corrupt} names the segment and the offset; Error{unsupported} for a newer version.
Result<JournalContents> read_journal(std::string_view run, std::span<const JournalSegment> segments);

/// "000001.seg".
std::string segment_name(std::uint32_t number);

}  // namespace coffer
