#include "providers/local/file_sink.hpp"

#include <type_traits>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "async/started.hpp"
#include "providers/local/block_writer.hpp"
#include "providers/local/flush_timer.hpp"

namespace coffer {
namespace {

class FileSink final : public ByteSink {
 public:
  FileSink(Runtime& runtime, std::shared_ptr<IoBackend> io, NewFile file, std::shared_ptr<Placement> placement,
           std::optional<std::uint64_t> expected, std::shared_ptr<LiveAnnouncement> followers, Subject subject)
      : runtime_(runtime),
        subject_(std::move(subject)),
        file_(std::move(file)),
        placement_(std::move(placement)),
        expected_(expected),
        writer_(std::make_shared<BlockWriter>(runtime, std::move(io), file_,
                                              runtime.pool().open_share(subject_.operation + " " + subject_.uri),
                                              expected, followers, subject_)) {
    if (followers) flush_ = std::make_shared<FlushTimer>(runtime, writer_);
  }
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;
  ~FileSink() override {
    if (flush_) flush_->stop();
  }

  Task<Buffer> co_buffer(std::size_t at_least) override { return co_alive(writer_->co_buffer(at_least)); }
  Task<> co_write(Chunk chunk) override { return co_alive(writer_->co_write(std::move(chunk))); }
  Task<Stored> co_commit() override { return co_alive(co_finish_and_commit()); }
  std::shared_ptr<Readback> readback() override { return writer_->readback(); }

 private:
  /// A sink is dead after a failed call and after its commit.
  template <class T>
  Task<T> co_alive(Task<T> task) {
    if (ended_) {
      throw subject_.refused(ErrorKind::invalid_argument,
                             "this sink has ended: its commit was called, or an earlier call failed");
    }
    try {
      std::optional<FlushTimer::Turn> turn;
      if (flush_) turn.emplace(co_await flush_->co_turn());
      if constexpr (std::is_void_v<T>) {
        co_await std::move(task);
        if (flush_) flush_->wrote();
      } else {
        co_return co_await std::move(task);
      }
    } catch (...) {
      ended_ = true;
      throw subject_.named(to_error(std::current_exception()));
    }
  }

  Task<Stored> co_finish_and_commit() {
    ended_ = true;
    co_await writer_->co_finish();
    if (expected_ && *expected_ != writer_->size()) {
      throw Error(ErrorKind::invalid_argument, std::to_string(*expected_) + " bytes were announced, and " +
                                                   std::to_string(writer_->size()) + " came; nothing was stored");
    }
    NewFile file = std::exchange(file_, NewFile());
    co_return co_await co_commit_file(runtime_, placement_, std::move(file), writer_->size(), writer_->crc32c());
  }

  Runtime& runtime_;
  const Subject subject_;
  NewFile file_;
  const std::shared_ptr<Placement> placement_;
  const std::optional<std::uint64_t> expected_;
  const std::shared_ptr<BlockWriter> writer_;
  std::shared_ptr<FlushTimer> flush_;  // Null where nobody follows.
  bool ended_ = false;
};

}  // namespace

namespace {

Task<Stored> co_place_owned(std::shared_ptr<Placement> placement, NewFile file, std::uint64_t size,
                            std::uint32_t crc32c) {
  co_return co_await placement->co_place(std::move(file), size, crc32c);
}

}  // namespace

Task<Stored> co_commit_file(Runtime& runtime, std::shared_ptr<Placement> placement, NewFile file, std::uint64_t size,
                            std::uint32_t crc32c) {
  co_await placement->co_prepare(file.file, size, crc32c);
  // A task of its own from here on: the one who waits may be cancelled or gone, the commit goes on.
  const auto executor = co_await boost::asio::this_coro::executor;
  Started<Stored> placed = start(runtime.scope(), executor, co_place_owned(placement, std::move(file), size, crc32c));
  co_return co_await placed.co_result_shielded();
}

SinkPtr make_file_sink(Runtime& runtime, std::shared_ptr<IoBackend> io, NewFile file,
                       std::shared_ptr<Placement> placement, std::optional<std::uint64_t> expected,
                       std::shared_ptr<LiveAnnouncement> followers, Subject subject) {
  return std::make_unique<FileSink>(runtime, std::move(io), std::move(file), std::move(placement), expected,
                                    std::move(followers), std::move(subject));
}

}  // namespace coffer
