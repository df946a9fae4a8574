#include <algorithm>

#include <coffer/base/checksum.hpp>
#include <isa-l/crc.h>

namespace coffer {
namespace {

// ISA-L counts in int.
constexpr std::size_t most_at_once = std::size_t{1} << 30U;

}  // namespace

void Crc32c::update(std::span<const std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const auto now = bytes.first(std::min(bytes.size(), most_at_once));
    // ISA-L only reads, but its parameter is not const.
    auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(now.data()));
    // It does not invert before and after: state_ starts as all ones, value() inverts.
    state_ = crc32_iscsi(data, static_cast<int>(now.size()), state_);
    bytes = bytes.subspan(now.size());
  }
}

std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept {
  Crc32c checksum;
  checksum.update(bytes);
  return checksum.value();
}

std::string crc32c_text(std::uint32_t value) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(8, '0');
  for (auto place = text.rbegin(); place != text.rend(); ++place, value >>= 4U) *place = digits[value & 0xfU];
  return text;
}

}  // namespace coffer
