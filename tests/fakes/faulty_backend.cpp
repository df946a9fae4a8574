#include "fakes/faulty_backend.hpp"

#include <utility>

#include <coffer/base/error.hpp>

namespace coffer::test {

void FaultyBackend::fail_after(std::size_t count, int code) {
  const std::lock_guard lock(mutex_);
  until_failure_ = count;
  code_ = code;
  failed_step_.reset();
}

void FaultyBackend::fail_each(std::string step, int code) {
  const std::lock_guard lock(mutex_);
  failing_steps_[std::move(step)] = code;
}

void FaultyBackend::heal() {
  const std::lock_guard lock(mutex_);
  until_failure_.reset();
  failing_steps_.clear();
}

std::optional<std::string> FaultyBackend::failed_step() const {
  const std::lock_guard lock(mutex_);
  return failed_step_;
}

std::map<std::string, std::size_t> FaultyBackend::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

int FaultyBackend::code_for(std::string_view step) {
  const std::lock_guard lock(mutex_);
  ++counts_[std::string(step)];
  if (const auto failing = failing_steps_.find(step); failing != failing_steps_.end()) {
    failed_step_ = step;
    return failing->second;
  }
  if (!until_failure_) return 0;
  if (*until_failure_ > 0) {
    --*until_failure_;
    return 0;
  }
  until_failure_.reset();
  failed_step_ = step;
  return code_;
}

Task<ReadDone> FaultyBackend::co_read_at(FilePtr file, std::uint64_t offset, Buffer into, std::size_t want) {
  if (const int code = code_for("read"); code != 0) throw Error::from_errno(code, "read");
  co_return co_await inner_->co_read_at(std::move(file), offset, std::move(into), want);
}

Task<> FaultyBackend::co_write_at(FilePtr file, std::uint64_t offset, Chunk from) {
  if (const int code = code_for("write"); code != 0) throw Error::from_errno(code, "write");
  co_await inner_->co_write_at(std::move(file), offset, std::move(from));
}

Task<> FaultyBackend::co_sync(FilePtr file, bool data_only) {
  const std::string_view step = data_only ? "fdatasync" : "fsync";
  if (const int code = code_for(step); code != 0) throw Error::from_errno(code, step);
  co_await inner_->co_sync(std::move(file), data_only);
}

Task<int> FaultyBackend::co_try(std::string_view step, std::function<int()> call) {
  if (const int code = code_for(step); code != 0) co_return -code;
  co_return co_await inner_->co_try(step, std::move(call));
}

}  // namespace coffer::test
