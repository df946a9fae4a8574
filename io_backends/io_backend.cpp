#include "io_backends/io_backend.hpp"

#include <utility>

#include <coffer/base/error.hpp>

namespace coffer {

Task<int> IoBackend::co_call(std::string_view step, std::function<int()> call) {
  const int value = co_await co_try(step, std::move(call));
  if (value < 0) throw Error::from_errno(-value, step);
  co_return value;
}

}  // namespace coffer
