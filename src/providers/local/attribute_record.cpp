#include "providers/local/attribute_record.hpp"

#include "providers/local/byte_fields.hpp"

namespace coffer {
namespace {

constexpr std::string_view magic = "cofr";
constexpr std::uint8_t version = 1;
constexpr std::size_t most_metadata = 2048;
constexpr std::size_t longest_type = 255;

}  // namespace

Result<void> check_record_fits(const std::string& content_type, const Metadata& metadata) {
  if (content_type.size() > longest_type) {
    return Error(ErrorKind::too_large, "the content type has " + std::to_string(content_type.size()) +
                                           " bytes; at most " + std::to_string(longest_type) + " are kept");
  }
  std::size_t bytes = 0;
  for (const auto& [key, value] : metadata) {
    if (key.empty()) return Error(ErrorKind::invalid_argument, "an entry of the metadata has an empty key");
    bytes += key.size() + value.size();
  }
  if (bytes > most_metadata) {
    return Error(ErrorKind::too_large, "the metadata has " + std::to_string(bytes) +
                                           " bytes of keys and values; at most " + std::to_string(most_metadata) +
                                           " are kept with an object");
  }
  AttributeRecord record;
  record.content_type = content_type;
  record.metadata = metadata;
  if (encode_record(record).size() > longest_record) {
    return Error(ErrorKind::too_large,
                 "the metadata has " + std::to_string(metadata.size()) +
                     " entries, more than a file system keeps with a file; use fewer and longer ones");
  }
  return {};
}

std::string encode_record(const AttributeRecord& record) {
  std::string out(magic);
  put(out, version);
  put(out, record.size);
  put(out, static_cast<std::uint64_t>(record.modified_ns));
  put(out, record.crc32c);
  put(out, record.etag);
  put_text(out, record.content_type);
  put(out, static_cast<std::uint16_t>(record.metadata.size()));
  for (const auto& [key, value] : record.metadata) {
    put_text(out, key);
    put_text(out, value);
  }
  put(out, checksum_of(out));
  return out;
}

std::optional<AttributeRecord> decode_record(std::string_view bytes) {
  if (bytes.size() < sizeof(std::uint32_t)) return std::nullopt;
  const std::string_view body = bytes.substr(0, bytes.size() - sizeof(std::uint32_t));
  FieldReader end{bytes.substr(body.size())};
  if (end.number<std::uint32_t>() != checksum_of(body)) return std::nullopt;

  FieldReader reader{body};
  if (reader.take(magic.size()) != magic || reader.number<std::uint8_t>() != version) return std::nullopt;
  AttributeRecord record;
  record.size = reader.number<std::uint64_t>();
  record.modified_ns = static_cast<std::int64_t>(reader.number<std::uint64_t>());
  record.crc32c = reader.number<std::uint32_t>();
  record.etag = reader.number<std::uint64_t>();
  record.content_type = reader.text();
  const std::size_t entries = reader.number<std::uint16_t>();
  for (std::size_t i = 0; i < entries && reader.ok; ++i) {
    std::string key = reader.text();
    std::string value = reader.text();
    record.metadata.insert_or_assign(std::move(key), std::move(value));
  }
  if (!reader.ok || !reader.rest.empty()) return std::nullopt;
  return record;
}

std::string etag_text(std::uint64_t etag) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 0; i < text.size(); ++i) text[text.size() - 1 - i] = digits[(etag >> (4 * i)) & 0xfU];
  return text;
}

}  // namespace coffer
