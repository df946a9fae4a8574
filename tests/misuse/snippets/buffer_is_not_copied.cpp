// A Buffer has one holder: two would fill the same memory, and give it back twice.
// error: use of deleted function.*Buffer|call to implicitly-deleted copy constructor.*Buffer
#include <utility>

#include <coffer/async/buffer_pool.hpp>

coffer::Buffer keep(coffer::Buffer buffer) {
  coffer::Buffer copy = buffer;  // MISUSE
  coffer::Buffer moved = std::move(buffer);
  return moved;
}
