#include "pipe/commit_group.hpp"

#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/strand.hpp>
#include <coffer/base/error.hpp>

namespace coffer {

struct CommitGroup::Failure {
  std::mutex mutex;
  std::optional<Error> first;
};

CommitGroup::CommitGroup(const boost::asio::any_io_executor& executor, std::size_t most)
    : failure_(std::make_shared<Failure>()), executor_(boost::asio::make_strand(executor)), most_(most) {}

Task<> CommitGroup::co_add(SinkPtr sink) {
  co_await group_.co_fewer_than(most_);
  rethrow();
  const auto co_commit = [](SinkPtr written, std::shared_ptr<Failure> failure) -> Task<> {
    try {
      co_await written->co_commit();
    } catch (...) {
      const std::lock_guard lock(failure->mutex);
      if (!failure->first) failure->first = to_error(std::current_exception());
    }
  };
  group_.spawn(executor_, co_commit(std::move(sink), failure_));
}

Task<> CommitGroup::co_all() {
  co_await group_.co_empty();
  rethrow();
}

Task<> CommitGroup::co_abandon() {
  group_.cancel_all();
  co_await group_.co_empty();
}

void CommitGroup::rethrow() const {
  const std::lock_guard lock(failure_->mutex);
  if (failure_->first) throw Error(*failure_->first);
}

}  // namespace coffer
