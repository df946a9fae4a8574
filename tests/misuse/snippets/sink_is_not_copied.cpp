// A sink ends in one commit: two holders would each believe that theirs was it.
// error: (use of deleted function|call to deleted constructor).*(unique_ptr|SinkPtr)
#include <utility>

#include <coffer/stream/byte_sink.hpp>

coffer::SinkPtr keep(coffer::SinkPtr sink) {
  coffer::SinkPtr other = sink;  // MISUSE
  return sink;
}
