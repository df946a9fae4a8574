#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "io_backends/test_files.hpp"

namespace coffer::test {

/// Whether this process may mount. From then on its mounts are its own: nobody else sees them, and they go with it.
inline bool can_mount() {
  if (::unshare(CLONE_NEWNS) != 0) return false;
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

/// A file system of a kind, empty, on a file behind a loop device (tmpfs and overlay without), unmounted at the end.
/// "folder" is none: the temporary folder as it is.
class MountedFileSystem {
 public:
  explicit MountedFileSystem(const std::string& kind) : point_(folder_.path() / "mount") {
    std::filesystem::create_directory(point_);
    if (kind == "folder") return;
    if (kind == "tmpfs") {
      mount_here("tmpfs", "size=256m");
    } else if (kind == "overlay") {
      mount_overlay();
    } else {
      mount_image(kind);
    }
  }
  MountedFileSystem(const MountedFileSystem&) = delete;
  MountedFileSystem& operator=(const MountedFileSystem&) = delete;
  ~MountedFileSystem() {
    if (mounted_) ::umount2(point_.c_str(), MNT_DETACH);
    if (lower_mounted_) ::umount2((folder_.path() / "layers").c_str(), MNT_DETACH);
  }
  const std::filesystem::path& path() const { return point_; }

 private:
  void mount_here(const char* kind, const std::string& options) {
    if (::mount(kind, point_.c_str(), kind, 0, options.c_str()) != 0) {
      throw std::system_error(errno, std::generic_category(), std::string("mount -t ") + kind);
    }
    mounted_ = true;
  }

  /// On ext4, as in a container on a plain machine.
  void mount_overlay() {
    const auto layers = folder_.path() / "layers";
    std::filesystem::create_directory(layers);
    make_image("ext4");
    run("mount -o loop '" + image().string() + "' '" + layers.string() + "'");
    lower_mounted_ = true;
    for (const char* name : {"lower", "upper", "work"}) std::filesystem::create_directory(layers / name);
    std::ofstream(layers / "lower" / "below") << "of the lower layer";
    mount_here("overlay", "lowerdir=" + (layers / "lower").string() + ",upperdir=" + (layers / "upper").string() +
                              ",workdir=" + (layers / "work").string());
  }

  void mount_image(const std::string& kind) {
    make_image(kind);
    run("mount -o loop '" + image().string() + "' '" + point_.string() + "'");
    mounted_ = true;
  }

  void make_image(const std::string& kind) {
    std::ofstream(image()).close();
    std::filesystem::resize_file(image(), std::uintmax_t{512} << 20U);
    run("mkfs." + kind + (kind == "ext4" ? " -q -F '" : " -q -f '") + image().string() + "' > /dev/null");
  }

  static void run(const std::string& command) {
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
  }

  std::filesystem::path image() const { return folder_.path() / "image"; }

  TempFolder folder_;
  std::filesystem::path point_;
  bool mounted_ = false;
  bool lower_mounted_ = false;
};

}  // namespace coffer::test
