#include <algorithm>

#include <coffer/base/content_type.hpp>

namespace coffer {
namespace {

struct Entry {
  std::string_view extension;
  std::string_view type;
};

// The first extension of a type is its usual one; the first type of an extension likewise.
constexpr Entry entries[] = {
    // video
    {".mp4", "video/mp4"},
    {".m4v", "video/mp4"},
    {".mov", "video/quicktime"},
    {".mkv", "video/x-matroska"},
    {".webm", "video/webm"},
    {".avi", "video/x-msvideo"},
    {".mpg", "video/mpeg"},
    {".mpeg", "video/mpeg"},
    {".ts", "video/mp2t"},
    {".ogv", "video/ogg"},
    {".flv", "video/x-flv"},
    // sound
    {".mp3", "audio/mpeg"},
    {".m4a", "audio/mp4"},
    {".aac", "audio/aac"},
    {".flac", "audio/flac"},
    {".wav", "audio/wav"},
    {".wav", "audio/x-wav"},
    {".ogg", "audio/ogg"},
    {".oga", "audio/ogg"},
    {".opus", "audio/opus"},
    {".mka", "audio/x-matroska"},
    // pictures
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".webp", "image/webp"},
    {".gif", "image/gif"},
    {".avif", "image/avif"},
    {".heic", "image/heic"},
    {".bmp", "image/bmp"},
    {".tiff", "image/tiff"},
    {".tif", "image/tiff"},
    {".svg", "image/svg+xml"},
    // text
    {".txt", "text/plain"},
    {".log", "text/plain"},
    {".md", "text/markdown"},
    {".html", "text/html"},
    {".htm", "text/html"},
    {".css", "text/css"},
    {".csv", "text/csv"},
    {".tsv", "text/tab-separated-values"},
    {".vtt", "text/vtt"},
    {".srt", "application/x-subrip"},
    {".js", "text/javascript"},
    {".py", "text/x-python"},
    // data
    {".json", "application/json"},
    {".jsonl", "application/jsonl"},
    {".ndjson", "application/x-ndjson"},
    {".yaml", "application/yaml"},
    {".yml", "application/yaml"},
    {".toml", "application/toml"},
    {".xml", "application/xml"},
    {".xml", "text/xml"},
    {".parquet", "application/vnd.apache.parquet"},
    {".arrow", "application/vnd.apache.arrow.file"},
    {".wasm", "application/wasm"},
    // documents
    {".pdf", "application/pdf"},
    {".rtf", "application/rtf"},
    {".epub", "application/epub+zip"},
    {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {".odt", "application/vnd.oasis.opendocument.text"},
    {".ods", "application/vnd.oasis.opendocument.spreadsheet"},
    // archives
    {".zip", "application/zip"},
    {".tar", "application/x-tar"},
    {".gz", "application/gzip"},
    {".zst", "application/zstd"},
    {".xz", "application/x-xz"},
    {".bz2", "application/x-bzip2"},
    {".7z", "application/x-7z-compressed"},
};

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_but_for_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string_view content_type_of_name(std::string_view name) noexcept {
  constexpr std::string_view unknown = "application/octet-stream";
  name = name.substr(name.rfind('/') + 1);  // npos + 1 is 0: all of it
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return unknown;
  const std::string_view extension = name.substr(dot);
  for (const Entry& entry : entries) {
    if (same_but_for_case(entry.extension, extension)) return entry.type;
  }
  return unknown;
}

std::string_view extension_of_content_type(std::string_view content_type) noexcept {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  while (type.starts_with(' ') || type.starts_with('\t')) type.remove_prefix(1);
  for (const Entry& entry : entries) {
    if (same_but_for_case(entry.type, type)) return entry.extension;
  }
  return {};
}

}  // namespace coffer
