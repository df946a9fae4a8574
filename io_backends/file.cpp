#include "io_backends/file.hpp"

#include <utility>

#include "async/reaper.hpp"

namespace coffer {

File::File(int descriptor, std::shared_ptr<Reaper> reaper) noexcept
    : descriptor_(descriptor), reaper_(std::move(reaper)) {}

File::~File() {
  if (descriptor_ >= 0) reaper_->close_descriptor(descriptor_);
}

}  // namespace coffer
