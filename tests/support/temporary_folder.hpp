#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace coffer::test {

/// A new empty folder, gone with everything in it at the end. Below `parent`, by default where temporary files belong.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
    std::string text = (parent / "coffer-test-XXXXXX").string();
    if (::mkdtemp(text.data()) == nullptr) {
      throw std::filesystem::filesystem_error("making a temporary folder", parent,
                                              std::error_code(errno, std::generic_category()));
    }
    path_ = text;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    // What cannot be removed stays: the destructor of a test's folder must not end the test.
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace coffer::test
