#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace coffer {

/// SHA-256 (FIPS 180-4) of a stream of bytes; 0.4 to 2 GB/s a core: not for the thread of a loop.
class Sha256 {
 public:
  Sha256();
  void update(std::span<const std::byte> bytes);
  /// 64 lower-case hexadecimal digits. Once, last.
  std::string finish();

 private:
  struct Free {
    void operator()(void* context) const noexcept;
  };
  std::unique_ptr<void, Free> context_;
};

std::string sha256(std::string_view bytes);

}  // namespace coffer
