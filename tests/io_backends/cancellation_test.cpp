#include <algorithm>
#include <deque>
#include <exception>
#include <optional>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/base/error.hpp>

#include "async/signal.hpp"
#include "io_backends/cancelling.hpp"
#include "io_backends/io_backend_contract.hpp"

namespace coffer::test {
namespace {

/// Reads that are started and cancelled from one strand, so that the order of things is known.
class Reads {
 public:
  struct Read {
    boost::asio::cancellation_signal signal;
    bool ended = false;
    bool cancelled_before_its_end = false;
    std::optional<ErrorKind> error;
    std::size_t bytes = 0;
  };

  explicit Reads(boost::asio::any_io_executor strand) : strand_(std::move(strand)) {}

  Read& start(Task<ReadDone> task) {
    Read& read = all_.emplace_back();
    ++open_;
    auto on_end = [this, &read](const std::exception_ptr& error, ReadDone done) {
      read.ended = true;
      read.bytes = done.bytes;
      if (error) read.error = to_error(error).kind();
      if (--open_ == 0) none_left_.notify_all();
    };
    boost::asio::co_spawn(strand_, std::move(task),
                          boost::asio::bind_cancellation_slot(read.signal.slot(), std::move(on_end)));
    return read;
  }

  void cancel(Read& read) {
    if (!read.ended) read.cancelled_before_its_end = true;
    read.signal.emit(boost::asio::cancellation_type::terminal);
  }

  Task<> co_none_left() {
    while (open_ > 0) {
      const std::uint64_t seen = none_left_.epoch();
      co_await none_left_.co_wait(seen);
    }
  }

  std::deque<Read>& all() { return all_; }
  void expect_that_cancelled_ones_say_so() const {
    for (const Read& read : all_) {
      EXPECT_TRUE(read.ended);
      if (read.cancelled_before_its_end) {
        EXPECT_EQ(read.error, ErrorKind::cancelled);
      } else {
        EXPECT_FALSE(read.error.has_value());
        EXPECT_GT(read.bytes, 0U);
      }
    }
  }

 private:
  boost::asio::any_io_executor strand_;
  std::deque<Read> all_;
  std::size_t open_ = 0;
  Signal none_left_;
};

class CancellationPlan {
 public:
  FilePtr file;
  std::size_t size = 0;  ///< Of each read.
  int reads = 0;
  int turns = 0;  ///< Of the strand, between the start and the cancellation.
  int every = 1;  ///< Cancels each n-th.
};

Task<bool> co_cancel_reads(Runtime& runtime, IoBackend& backend, CancellationPlan plan) {
  const boost::asio::any_io_executor strand = co_await boost::asio::this_coro::executor;
  BudgetShare share = runtime.pool().open_share("cancelled reads");
  Reads reads(strand);
  for (int i = 0; i < plan.reads; ++i) {
    Buffer into = share.need(plan.size);
    const std::uint64_t offset = static_cast<std::uint64_t>(i) * plan.size;
    reads.start(backend.co_read_at(plan.file, offset, std::move(into), plan.size));
  }
  for (int i = 0; i < plan.turns; ++i) co_await co_turn();
  int number = 0;
  for (auto& read : reads.all()) {
    if (number++ % plan.every == 0) reads.cancel(read);
  }
  co_await reads.co_none_left();
  reads.expect_that_cancelled_ones_say_so();
  co_return true;
}

class CancelledReads : public IoBackendContract {
 protected:
  /// Cancels after 0, 1, 2 … turns of the loop: before the first submission, while it is queued, in flight, and at its
  /// end.
  void cancel_after_each_number_of_turns(const FilePtr& file, std::size_t size, int every) {
    for (int turns = 0; turns < 12; ++turns) {
      CancellationPlan plan;
      plan.file = file;
      plan.size = size;
      plan.reads = 24;
      plan.turns = turns;
      plan.every = every;
      const boost::asio::any_io_executor strand = boost::asio::make_strand(runtime().executor());
      auto started = start(strand, co_cancel_reads(runtime(), backend(), std::move(plan)));
      EXPECT_TRUE(run(started.co_result()));
      EXPECT_EQ(runtime().pool().use().granted, 0U);
    }
  }
};

using IoCancellation = CancelledReads;
COFFER_ON_IO_BACKENDS(IoCancellation, all_io_backends());

TEST_P(IoCancellation, small_reads_say_that_they_were_cancelled) {
  write_file(folder() / "f", std::size_t{24} * smallest_buffer);
  cancel_after_each_number_of_turns(open_direct(runtime(), folder() / "f", O_RDONLY), smallest_buffer, 1);
}

TEST_P(IoCancellation, large_reads_say_that_they_were_cancelled) {
  write_file(folder() / "f", std::size_t{24} << 20U);
  cancel_after_each_number_of_turns(open_direct(runtime(), folder() / "f", O_RDONLY), std::size_t{1} << 20U, 1);
}

TEST_P(IoCancellation, the_neighbours_of_cancelled_reads_succeed) {
  write_file(folder() / "f", std::size_t{24} << 18U);
  cancel_after_each_number_of_turns(open_file(runtime(), folder() / "f", O_RDONLY), std::size_t{1} << 18U, 3);
}

}  // namespace
}  // namespace coffer::test
