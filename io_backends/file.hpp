#pragma once

#include <memory>

namespace coffer {

class Reaper;

/// An open descriptor, closed by the reaper: closing a deleted file of 4 GiB takes most of a second. Every operation in
/// flight holds a reference, so that the number is never reused under it.
class File {
 public:
  File(int descriptor, std::shared_ptr<Reaper> reaper) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();
  int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
  std::shared_ptr<Reaper> reaper_;
};

using FilePtr = std::shared_ptr<const File>;

}  // namespace coffer
