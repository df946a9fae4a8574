#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <coffer/async/runtime.hpp>
#include <coffer/base/chunk.hpp>
#include <fcntl.h>
#include <sys/stat.h>

#include "io_backends/file.hpp"

namespace coffer::test {

/// A new folder, removed at the end with all that is in it.
class TempFolder {
 public:
  explicit TempFolder(const std::filesystem::path& in = std::filesystem::temp_directory_path()) {
    std::string name = (in / "coffer-io-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), "mkdtemp " + name);
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;  // A test's verdict is out by now.
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline FilePtr open_file(Runtime& runtime, const std::filesystem::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "open " + path.string());
  return std::make_shared<File>(descriptor, runtime.reaper());
}

/// With O_DIRECT where the file system has it.
inline FilePtr open_direct(Runtime& runtime, const std::filesystem::path& path, int flags) {
  try {
    return open_file(runtime, path, flags | O_DIRECT);
  } catch (const std::system_error& error) {
    if (error.code().value() != EINVAL) throw;
    return open_file(runtime, path, flags);
  }
}

/// The byte that belongs at this place of every test file: a block written to the wrong place shows.
inline std::byte byte_at(std::uint64_t offset) { return static_cast<std::byte>((offset * 2654435761U) >> 11U); }

/// The next bytes that belong there, at most `size`. They are the same again after 512 KiB, and made once: a sanitizer
/// looks at each byte that is made.
inline std::span<const std::byte> bytes_at(std::uint64_t offset, std::size_t size) {
  constexpr std::size_t period = std::size_t{1} << 19U;
  static const std::vector<std::byte> all = [] {
    std::vector<std::byte> bytes(period);
    for (std::size_t i = 0; i < period; ++i) bytes[i] = byte_at(i);
    return bytes;
  }();
  const std::size_t at = offset % period;
  return std::span(all).subspan(at, std::min(size, period - at));
}

inline void fill(std::span<std::byte> bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const std::span<const std::byte> next = bytes_at(offset, bytes.size());
    std::memcpy(bytes.data(), next.data(), next.size());
    bytes = bytes.subspan(next.size());
    offset += next.size();
  }
}

/// How many bytes are right before the first wrong one.
inline std::size_t right_bytes(std::span<const std::byte> bytes, std::uint64_t offset) {
  std::size_t right = 0;
  while (right < bytes.size()) {
    const std::span<const std::byte> next = bytes_at(offset + right, bytes.size() - right);
    if (std::memcmp(bytes.data() + right, next.data(), next.size()) != 0) break;
    right += next.size();
  }
  while (right < bytes.size() && bytes[right] == byte_at(offset + right)) ++right;
  return right;
}

/// Bytes from anywhere but the pool.
inline Chunk chunk_of(std::uint64_t offset, std::size_t size) {
  auto bytes = std::make_shared<std::string>(size, '\0');
  const std::span<std::byte> all(reinterpret_cast<std::byte*>(bytes->data()), size);
  fill(all, offset);
  return {bytes, all};
}

/// A test file written without the code under test.
inline void write_file(const std::filesystem::path& path, std::size_t size) {
  const int descriptor = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  const Chunk all = chunk_of(0, size);
  const bool written = descriptor >= 0 && ::write(descriptor, all.data(), size) == static_cast<ssize_t>(size);
  if (descriptor >= 0) ::close(descriptor);
  if (!written) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace coffer::test
