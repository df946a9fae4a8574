#include <algorithm>
#include <cstdint>

#include <coffer/base/content_type.hpp>
#include <coffer/base/object_name.hpp>

namespace coffer {
namespace {

// In byte order, so that names sort as the numbers they stand for. base64url's own order is another.
constexpr std::string_view alphabet = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
static_assert(alphabet.size() == 64);

constexpr std::size_t characters = 28;

constexpr std::int64_t first_of_top_digit = std::int64_t{1} << 42U;
constexpr std::int64_t largest_time = (std::int64_t{1} << 48U) - 1;

/// 48 bits: milliseconds since 1970, and 2^42 so that the first character is never '-', which programs take for an
/// option.
std::uint64_t time_bits(std::chrono::system_clock::time_point now) {
  const std::int64_t since_1970 = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const std::int64_t cut = std::clamp<std::int64_t>(since_1970, 0, largest_time - first_of_top_digit);
  return static_cast<std::uint64_t>(cut + first_of_top_digit);
}

}  // namespace

std::string make_object_name(std::chrono::system_clock::time_point now, const std::array<std::byte, 15>& random,
                             std::string_view content_type) {
  std::array<std::uint8_t, 6 + 15> bytes{};
  const std::uint64_t time = time_bits(now);
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(time >> (40U - 8U * i));
  std::transform(random.begin(), random.end(), bytes.begin() + 6,
                 [](std::byte b) { return std::to_integer<std::uint8_t>(b); });

  std::string name;
  name.reserve(32);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {  // 24 bits are four characters
    const std::uint32_t group = std::uint32_t{bytes[i]} << 16U | std::uint32_t{bytes[i + 1]} << 8U | bytes[i + 2];
    for (const unsigned shift : {18U, 12U, 6U, 0U}) name += alphabet[group >> shift & 0x3fU];
  }
  return name.append(extension_of_content_type(content_type));
}

bool is_object_name(std::string_view name) {
  const std::string_view own = name.substr(0, characters);
  const std::string_view extension = name.substr(own.size());
  return own.size() == characters && own.front() != '-' && own.find_first_not_of(alphabet) == std::string_view::npos &&
         (extension.empty() || extension == extension_of_content_type(content_type_of_name(name)));
}

}  // namespace coffer
