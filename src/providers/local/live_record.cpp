#include "providers/local/live_record.hpp"

#include <algorithm>

#include "providers/local/byte_fields.hpp"

namespace coffer {
namespace {

constexpr std::string_view live_magic = "cofl";
constexpr std::uint8_t live_version = 1;
constexpr std::string_view padding("\0\0\0", 3);
constexpr std::size_t fixed_offset = live_progress_offset + live_progress_size;

/// What a file in `tmp` may be called: nothing that could lead elsewhere.
bool is_temporary_name(std::string_view name) {
  constexpr std::string_view digits = "0123456789abcdef";
  return !name.empty() && name.size() <= 255 && name.find_first_not_of(digits) == std::string_view::npos;
}

}  // namespace

std::string encode_live_progress(const LiveProgress& progress) {
  std::string out;
  put(out, progress.written_to);
  put(out, static_cast<std::uint8_t>(progress.state));
  put(out, checksum_of(out));
  return out;
}

std::optional<LiveProgress> decode_live_progress(std::string_view bytes) {
  if (bytes.size() != live_progress_size) return std::nullopt;
  FieldReader reader{bytes};
  LiveProgress progress;
  progress.written_to = reader.number<std::uint64_t>();
  const auto state = reader.number<std::uint8_t>();
  const std::string_view body = bytes.substr(0, bytes.size() - reader.rest.size());
  if (reader.number<std::uint32_t>() != checksum_of(body)) return std::nullopt;
  if (state > static_cast<std::uint8_t>(LiveState::given_up)) return std::nullopt;
  progress.state = static_cast<LiveState>(state);
  return progress;
}

std::string encode_live(const LiveRecord& record, const LiveProgress& progress) {
  std::string fixed(live_magic);
  put(fixed, live_version);
  fixed += padding;
  std::string rest;
  put(rest, static_cast<std::uint64_t>(record.begun_ns));
  put_text(rest, record.file);
  put_text(rest, record.content_type);
  put_text(rest, record.key);
  put(rest, checksum_of(fixed + rest));
  return fixed + encode_live_progress(progress) + rest;
}

std::optional<LiveRecord> decode_live(std::string_view bytes) {
  if (bytes.size() < fixed_offset + sizeof(std::uint32_t)) return std::nullopt;
  const std::string_view end = bytes.substr(bytes.size() - sizeof(std::uint32_t));
  const std::string_view rest = bytes.substr(fixed_offset, bytes.size() - fixed_offset - end.size());
  std::string checked(bytes.substr(0, live_progress_offset));
  checked += rest;
  if (FieldReader{end}.number<std::uint32_t>() != checksum_of(checked)) return std::nullopt;

  FieldReader front{checked};
  if (front.take(live_magic.size()) != live_magic || front.number<std::uint8_t>() != live_version) return std::nullopt;
  FieldReader reader{rest};
  LiveRecord record;
  record.begun_ns = static_cast<std::int64_t>(reader.number<std::uint64_t>());
  record.file = reader.text();
  record.content_type = reader.text();
  record.key = reader.text();
  if (!reader.ok || !reader.rest.empty() || !is_temporary_name(record.file)) return std::nullopt;
  return record;
}

std::string live_prefix(std::string_view key) { return crc32c_text(checksum_of(key)) + "-"; }

}  // namespace coffer
