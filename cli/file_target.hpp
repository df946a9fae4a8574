#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <coffer/stream/byte_sink.hpp>

#include "cli/session.hpp"

namespace coffer::cli {

/// A FILE of the command line that is written: `-` is standard output. A regular file appears whole, or not at all;
/// a device or a named pipe is written to as it is.
class FileTarget {
 public:
  /// `default_name` is the file's name where `text` is empty or a folder. Throws Error{already_exists} for a file that
  /// is there and may not be replaced, and Error{invalid_argument} for a folder in the file's place.
  FileTarget(const std::string& text, const std::string& default_name, bool replace);

  /// Whether the text alone does not name a file: it is empty, or a folder.
  static bool needs_name(const std::string& text);

  bool is_standard() const noexcept { return path_.empty(); }
  /// Whether what was written can be taken back: not from standard output, a pipe or a device.
  bool takes_back() const noexcept { return !is_standard() && !special_; }
  /// Absolute; empty for standard output.
  const std::filesystem::path& path() const noexcept { return path_; }
  /// `size`: bytes that will come, where that is known; it helps to make room.
  Task<SinkPtr> co_open(Session& session, std::optional<std::uint64_t> size = std::nullopt) const;

 private:
  std::filesystem::path path_;
  bool special_ = false;
  bool replace_ = false;
};

}  // namespace coffer::cli
