#include <string>

#include <coffer/async/with_deadline.hpp>

namespace coffer {

Error deadline_passed(std::chrono::nanoseconds limit) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  return Error(ErrorKind::timed_out, "not done within " + std::to_string(milliseconds) + " ms: the deadline passed")
      .retry(Retry::yes);
}

}  // namespace coffer
