// A Chunk is shared: who writes into it writes into everybody's bytes.
// error: assignment of read-only location|cannot assign to return value because function
#include <coffer/base/chunk.hpp>

std::byte first_byte(const coffer::Chunk& chunk) {
  chunk.bytes()[0] = std::byte{0};  // MISUSE
  return chunk.bytes()[0];
}
