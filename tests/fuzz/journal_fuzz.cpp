#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "pipe/journal_format.hpp"
#include "pipe/journal_records.hpp"
#include "pipe/run_history.hpp"

namespace {

using namespace coffer;

[[noreturn]] void broken(std::string_view property, std::string_view bytes) {
  std::cerr << property << ":\n" << bytes << "\n";
  std::abort();
}

/// Segments stand behind each other, "----" between.
std::vector<JournalSegment> segments_of(std::string_view bytes) {
  std::vector<JournalSegment> segments;
  for (;;) {
    const std::size_t end = bytes.find("----");
    JournalSegment& segment = segments.emplace_back();
    segment.number = static_cast<std::uint32_t>(segments.size());
    segment.bytes = bytes.substr(0, end);
    if (end == std::string_view::npos) return segments;
    bytes.remove_prefix(end + 4);
  }
}

/// The lines with their lengths and checksums put right: else hardly any would be read further.
std::vector<JournalSegment> repaired(std::vector<JournalSegment> segments) {
  for (JournalSegment& segment : segments) {
    std::string bytes;
    std::string_view rest = segment.bytes;
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      const std::string_view line = rest.substr(0, end);
      bytes += journal_frame(line.size() > 18 ? line.substr(18) : line);
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
    segment.bytes = std::move(bytes);
  }
  return segments;
}

void read(const std::vector<JournalSegment>& segments, std::string_view bytes) {
  const Result<JournalContents> contents = read_journal("x", segments);
  const Result<RunHistory> history = replay_journal("x", segments, Uri("file:///elsewhere"));
  if (!contents) {
    if (history) broken("a history of a journal that cannot be read", bytes);
    if (contents.error().message().empty()) broken("a refusal without a reason", bytes);
    return;
  }
  for (const JournalContents::Record& record : contents->records) {
    const Result<JournalRecord> decoded = decode_record(record.json);
    if (!decoded) continue;
    const std::string once = encode_record(*decoded);
    const Result<JournalRecord> again = decode_record(once);
    if (!again || encode_record(*again) != once) broken("a record that is another one when it is written again", once);
  }
  // What is read can be gone on with.
  SegmentHeader header;
  header.run = "x";
  header.number = contents->next_number;
  header.after = contents->next_after;
  std::vector<JournalSegment> longer = segments;
  JournalSegment& next = longer.emplace_back();
  next.number = header.number;
  next.bytes = segment_header(header);
  const Result<JournalContents> after = read_journal("x", longer);
  if (!after || after->records.size() != contents->records.size())
    broken("a next segment changes what was read", bytes);
}

}  // namespace

// No bytes make the reader fail; what it reads can be written again and gone on with.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<JournalSegment> segments = segments_of(bytes);
  read(segments, bytes);
  read(repaired(segments), bytes);
  return 0;
}
