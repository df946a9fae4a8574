#include "pipe/url_resource.hpp"

#include <exception>

#include "pipe/input_source.hpp"

namespace coffer {

/// Tells the resource what fails it.
class UrlResource::Source final : public ByteSource {
 public:
  Source(std::shared_ptr<UrlResource> of, SourcePtr inner) : of_(std::move(of)), inner_(std::move(inner)) {}

  const ObjectInfo& info() const override { return inner_->info(); }

  Task<std::optional<Chunk>> co_read(std::size_t at_most) override {
    try {
      co_return co_await inner_->co_read(at_most);
    } catch (...) {
      of_->failed(to_error(std::current_exception()));
      throw;
    }
  }

 private:
  const std::shared_ptr<UrlResource> of_;
  const SourcePtr inner_;
};

Task<SourcePtr> UrlResource::co_open(ByteRange range) {
  try {
    ReadOptions options = ReadOptions().range(range);
    SourcePtr inner = co_await data_->co_open(std::move(options));
    SourcePtr counted = std::make_unique<InputSource>(std::move(inner), tally_, &gauge_);
    SourcePtr source = std::make_unique<Source>(shared_from_this(), std::move(counted));
    co_return source;
  } catch (...) {
    failed(to_error(std::current_exception()));
    throw;
  }
}

std::optional<Error> UrlResource::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void UrlResource::failed(Error error) {
  if (error.kind() == ErrorKind::cancelled) return;  // The client left.
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = std::move(error);
}

}  // namespace coffer
