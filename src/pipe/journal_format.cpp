#include "pipe/journal_format.hpp"

#include <array>
#include <cstdio>
#include <optional>
#include <utility>

#include <coffer/base/checksum.hpp>

#include "pipe/journal_json.hpp"

namespace coffer {
namespace {

// "0000001f a1b2c3d4 {…}\n"
constexpr std::size_t digits = 8;
constexpr std::size_t before_json = 2 * (digits + 1);

std::uint32_t checksum(std::string_view json) { return crc32c(std::as_bytes(std::span(json))); }

/// Lower-case digits alone: each number has one text.
std::optional<std::uint32_t> read_hex(std::string_view text) noexcept {
  std::uint32_t value = 0;
  for (const char c : text) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && (c < 'a' || c > 'f')) return std::nullopt;
    value = value << 4U | static_cast<std::uint32_t>(is_digit ? c - '0' : c - 'a' + 10);
  }
  return value;
}

/// The JSON of the frame that the text begins with; nothing where it begins with none, or with a part of one.
std::optional<std::string_view> first_frame(std::string_view text) noexcept {
  if (text.size() <= before_json || text[digits] != ' ' || text[before_json - 1] != ' ') return std::nullopt;
  const std::optional<std::uint32_t> length = read_hex(text.substr(0, digits));
  const std::optional<std::uint32_t> sum = read_hex(text.substr(digits + 1, digits));
  if (!length || !sum || *length >= text.size() - before_json) return std::nullopt;
  const std::string_view json = text.substr(before_json, *length);
  if (text[before_json + *length] != '\n' || checksum(json) != *sum) return std::nullopt;
  return json;
}

std::size_t frame_size(std::string_view json) noexcept { return before_json + json.size() + 1; }

/// Whether a whole frame begins behind the broken one that the text begins with: then that was whole once.
bool has_frame(std::string_view text) noexcept {
  const std::optional<std::uint32_t> length = read_hex(text.substr(0, digits));
  if (length && text.size() > before_json + *length && first_frame(text.substr(before_json + *length + 1))) return true;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', end + 1)) {
    if (first_frame(text.substr(end + 1))) return true;
  }
  return false;
}

Error damaged(std::string_view run, std::uint32_t segment, std::uint64_t offset, const std::string& what) {
  return {ErrorKind::corrupt, "the journal of the run " + std::string(run) + " is damaged in its segment " +
                                  segment_name(segment) + " at byte " + std::to_string(offset) + ": " + what};
}

/// The frames of one segment, and how far they are whole.
struct Frames {
  std::vector<std::pair<std::uint64_t, std::string_view>> all;  // Offset and JSON.
  std::uint64_t whole = 0;
};

Frames frames_of(std::string_view bytes) {
  Frames frames;
  while (const auto json = first_frame(bytes.substr(frames.whole))) {
    frames.all.emplace_back(frames.whole, *json);
    frames.whole += frame_size(*json);
  }
  return frames;
}

Result<SegmentHeader> read_header(std::string_view run, std::uint32_t number, std::string_view json) {
  const Result<JournalJson> parsed = JournalJson::parse(std::string(json));
  if (!parsed) return damaged(run, number, 0, parsed.error().message());
  try {
    const std::int64_t version = parsed->integer("coffer_journal");
    if (version > journal_version) {
      return Error(ErrorKind::unsupported, "the journal of the run " + std::string(run) + " has the format " +
                                               std::to_string(version) + " of a newer Coffer, and this one reads " +
                                               std::to_string(journal_version) + ": use the newer one");
    }
    SegmentHeader header;
    header.run = parsed->text("run");
    header.number = static_cast<std::uint32_t>(parsed->integer("segment"));
    header.after = static_cast<std::uint64_t>(parsed->integer("after"));
    header.holder.token = parsed->text("holder");
    header.holder.pid = parsed->integer("pid");
    header.holder.start_time = parsed->find_integer("start_time").value_or(0);
    header.holder.host = parsed->text("host");
    header.holder.boot = parsed->text("boot");
    header.holder.since = parsed->time("at");
    if (header.run != run) return damaged(run, number, 0, "it is of the run " + header.run);
    if (header.number != number) return damaged(run, number, 0, "it is segment " + std::to_string(header.number));
    return header;
  } catch (const Error& error) {
    return damaged(run, number, 0, error.message());
  }
}

/// What of a segment counts: as much as the header of the one behind it says, of the last one all that is whole.
struct Part {
  const JournalSegment* segment = nullptr;
  Frames frames;
  std::optional<SegmentHeader> header;
};

}  // namespace

std::string journal_frame(std::string_view json) {
  std::array<char, before_json + 1> begin{};
  std::snprintf(begin.data(), begin.size(), "%08x %08x ", static_cast<unsigned>(json.size()), checksum(json));
  std::string frame;
  frame.reserve(frame_size(json));
  frame.append(begin.data(), before_json).append(json) += '\n';
  return frame;
}

std::string segment_header(const SegmentHeader& header) {
  JournalJsonWriter json;
  json.integer("coffer_journal", journal_version).text("run", header.run).integer("segment", header.number);
  json.integer("after", static_cast<std::int64_t>(header.after)).text("holder", header.holder.token);
  json.integer("pid", header.holder.pid).integer("start_time", header.holder.start_time);
  json.text("host", header.holder.host).text("boot", header.holder.boot).time("at", header.holder.since);
  return journal_frame(json.str());
}

Result<JournalContents> read_journal(std::string_view run, std::span<const JournalSegment> segments) {
  std::vector<Part> parts;
  for (const JournalSegment& segment : segments) {
    if (segment.number != parts.size() + 1) {
      return damaged(run, static_cast<std::uint32_t>(parts.size() + 1), 0, "it is not there");
    }
    Part part;
    part.segment = &segment;
    part.frames = frames_of(segment.bytes);
    if (!part.frames.all.empty()) {
      Result<SegmentHeader> header = read_header(run, segment.number, part.frames.all.front().second);
      if (!header) return header.error();
      part.header = std::move(*header);
    }
    parts.push_back(std::move(part));
  }
  JournalContents contents;
  std::optional<std::uint64_t> counts;  // Of the part that comes next, from behind.
  for (std::size_t i = parts.size(); i-- > 0;) {
    Part& part = parts[i];
    const std::uint64_t whole = part.frames.whole;
    if (!counts) {
      if (has_frame(std::string_view(part.segment->bytes).substr(whole))) {
        return damaged(run, part.segment->number, whole,
                       "a record does not fit its checksum, and others stand behind it");
      }
      if (i + 1 == parts.size()) contents.next_after = whole;
    } else if (*counts > whole) {
      return damaged(run, part.segment->number, whole, "a record does not fit its checksum");
    } else {
      std::erase_if(part.frames.all, [&](const auto& frame) { return frame.first >= *counts; });
      const bool is_cut = !part.frames.all.empty() &&
                          part.frames.all.back().first + frame_size(part.frames.all.back().second) != *counts;
      if (is_cut || (part.frames.all.empty() && *counts != 0)) {
        return damaged(run, part.segment->number, *counts, "the segment behind it begins in the middle of a record");
      }
      if (part.frames.all.empty()) part.header.reset();
    }
    counts = part.header ? std::optional<std::uint64_t>(part.header->after) : std::nullopt;
  }
  for (const Part& part : parts) {
    if (!part.header) continue;
    contents.headers.push_back(*part.header);
    for (std::size_t i = 1; i < part.frames.all.size(); ++i) {
      JournalContents::Record& record = contents.records.emplace_back();
      record.json = part.frames.all[i].second;
      record.segment = part.segment->number;
      record.offset = part.frames.all[i].first;
    }
  }
  contents.next_number = static_cast<std::uint32_t>(parts.size() + 1);
  return contents;
}

std::string segment_name(std::uint32_t number) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%06u.seg", number);
  return text.data();
}

}  // namespace coffer
