#include "providers/local/paths.hpp"

namespace coffer {
namespace {

constexpr std::size_t longest_segment = 255;
constexpr std::size_t longest_key = 4095;

std::string quoted(std::string_view key) { return "\"" + std::string(key.substr(0, 100)) + "\""; }

Error invalid(std::string_view key, std::string_view why) {
  return {ErrorKind::invalid_argument, "the key " + quoted(key) + " cannot name a file: " + std::string(why)};
}

/// What is wrong with a segment of a key; empty where nothing is.
std::string_view fault_of(std::string_view segment) {
  if (segment.empty()) return "it has an empty segment; use single '/' between names and none at the ends";
  if (segment == "." || segment == "..") return "it has a segment \".\" or \"..\"";
  return {};
}

}  // namespace

Result<KeyPlace> place_of_key(std::string_view key) {
  if (key.empty()) return Error(ErrorKind::invalid_argument, "an empty key names no object");
  if (key.find('\0') != std::string_view::npos) return invalid(key, "it has a NUL byte");
  if (key.size() > longest_key) {
    return Error(ErrorKind::too_large, "the key " + quoted(key) + "... has " + std::to_string(key.size()) +
                                           " bytes; a path has at most " + std::to_string(longest_key));
  }
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find('/', begin), key.size());
    const std::string_view segment = key.substr(begin, end - begin);
    if (const std::string_view fault = fault_of(segment); !fault.empty()) return invalid(key, fault);
    if (begin == 0 && segment == hidden_folder) return invalid(key, "\".coffer\" is reserved for the store itself");
    if (segment.size() > longest_segment) {
      return Error(ErrorKind::too_large, "the key " + quoted(key) + " has a segment of " +
                                             std::to_string(segment.size()) + " bytes; a file's name has at most " +
                                             std::to_string(longest_segment));
    }
    begin = end + 1;
  }
  KeyPlace place;
  place.folder = folder_above(key);
  place.name = last_segment(key);
  return place;
}

bool can_begin_a_key(std::string_view prefix) {
  if (prefix.size() > longest_key || prefix.find('\0') != std::string_view::npos) return false;
  const std::string_view complete = prefix.substr(0, prefix.rfind('/') + 1);
  for (std::size_t begin = 0; begin < complete.size();) {
    const std::size_t end = complete.find('/', begin);
    const std::string_view segment = complete.substr(begin, end - begin);
    if (!fault_of(segment).empty() || segment.size() > longest_segment) return false;
    if (begin == 0 && segment == hidden_folder) return false;
    begin = end + 1;
  }
  return true;
}

std::string folder_above(std::string_view folder) {
  const std::size_t slash = folder.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(folder.substr(0, slash));
}

std::string last_segment(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

std::string joined(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (!path.empty()) path += '/';
  path += name;
  return path;
}

}  // namespace coffer
