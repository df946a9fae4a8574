#include "pipe/run_journal.hpp"

#include <exception>
#include <utility>

#include "async/task_scope.hpp"
#include "pipe/journal_format.hpp"

namespace coffer {

Task<> RunJournal::co_begin(const RunHistory& history, SegmentRoom room) {
  SegmentHeader header;
  header.run = run_;
  header.number = history.next_number;
  header.after = history.next_after;
  header.holder = claim_->holder();
  std::string bytes = segment_header(header);
  co_await claim_->co_begin_segment(header.number, std::move(bytes), room);
}

std::uint64_t RunJournal::add(const JournalRecord& record, bool durable) {
  const std::string json = encode_record(record);
  if (json.size() > longest_journal_record) {
    throw Error(ErrorKind::too_large, "a record of the run's journal would have " + std::to_string(json.size()) +
                                          " bytes: keep less in memory (RunOptions::inline_below)");
  }
  const std::string frame = journal_frame(json);
  std::uint64_t end = 0;
  bool begin = false;
  {
    const std::lock_guard lock(mutex_);
    waiting_ += frame;
    added_ += frame.size();
    end = added_;
    flush_wanted_ = flush_wanted_ || durable;
    begin = !std::exchange(working_, true);
  }
  if (begin) runtime_.scope().spawn(runtime_.executor(), co_work_off(shared_from_this()));
  return end;
}

Task<> RunJournal::co_written(std::uint64_t end, bool durable) {
  for (;;) {
    const std::uint64_t seen = progress_.epoch();
    {
      const std::lock_guard lock(mutex_);
      if ((durable ? durable_ : written_) >= end) co_return;
      if (failed_) throw Error(*failed_);
    }
    co_await progress_.co_wait_shielded(seen);
  }
}

std::optional<RunJournal::Work> RunJournal::next_work() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty() || failed_) {
    working_ = false;
    return std::nullopt;
  }
  Work work;
  work.bytes.swap(waiting_);
  work.flush = std::exchange(flush_wanted_, false);
  work.end = added_;
  return work;
}

void RunJournal::done(const Work& work, std::optional<Error> failed) {
  {
    const std::lock_guard lock(mutex_);
    if (failed) {
      failed_ = std::move(failed);
    } else {
      written_ = work.end;
      if (work.flush) durable_ = work.end;
    }
  }
  progress_.notify_all();
}

/// Writes what waits, and what comes to wait meanwhile.
Task<> RunJournal::co_work_off(std::shared_ptr<RunJournal> self) {
  while (std::optional<Work> work = self->next_work()) {
    std::optional<Error> failed;
    std::string bytes = std::move(work->bytes);
    try {
      co_await self->claim_->co_append(std::move(bytes), work->flush);
    } catch (...) {
      failed = to_error(std::current_exception());
    }
    self->done(*work, std::move(failed));
  }
  self->progress_.notify_all();
}

Task<> RunJournal::co_close() {
  for (;;) {
    const std::uint64_t seen = progress_.epoch();
    {
      const std::lock_guard lock(mutex_);
      if (!working_) break;
    }
    co_await progress_.co_wait_shielded(seen);
  }
  claim_.reset();
}

}  // namespace coffer
