#include "providers/local/block_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "providers/local/aligned_window.hpp"
#include "providers/local/file_calls.hpp"

namespace coffer {
namespace {

constexpr std::size_t depth = 4;
constexpr std::size_t written_block = std::size_t{1} << 20U;
// Below it a copy into a larger block costs less than a write of its own.
constexpr std::size_t worth_a_write = std::size_t{64} << 10U;

}  // namespace

BlockWriter::BlockWriter(Runtime& runtime, std::shared_ptr<IoBackend> io, const NewFile& file, BudgetShare share,
                         std::optional<std::uint64_t> size, std::shared_ptr<LiveAnnouncement> followers,
                         Subject subject)
    : readback_(std::make_shared<FileReadback>(io, file.file, file.alignment, std::move(subject))),
      target_([&] {
        Target target;
        target.runtime = &runtime;
        target.io = std::move(io);
        target.file = file.file;
        target.readback = readback_;
        target.followers = std::move(followers);
        target.direct = file.alignment > 1;
        return std::make_shared<const Target>(std::move(target));
      }()),
      alignment_(file.alignment),
      expected_(size),
      share_(std::move(share)),
      direct_(target_->direct) {}

Task<Buffer> BlockWriter::co_buffer(std::size_t at_least) {
  std::size_t wanted = std::max(at_least, written_block);
  const std::uint64_t position = submitted_ + staged_;
  if (expected_ && *expected_ >= position) {
    const std::uint64_t left = std::max<std::uint64_t>(*expected_ - position, at_least);
    wanted = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, left));
  }
  for (;;) {
    std::optional<Buffer> more = share_.try_more(wanted, std::min(at_least, largest_buffer));
    if (more) co_return std::move(*more);
    if (in_flight_.empty()) co_return share_.need(wanted);
    co_await co_wait_for_oldest();
  }
}

bool BlockWriter::can_go_as_it_is(const Chunk& chunk) const noexcept {
  if (staged_ != 0 || lead() != 0 || chunk.size() < std::max<std::size_t>(worth_a_write, alignment_)) return false;
  return reinterpret_cast<std::uintptr_t>(chunk.data()) % alignment_ == 0;
}

Task<> BlockWriter::co_write(Chunk chunk) {
  taken_ += chunk.size();
  while (!chunk.empty()) {
    if (can_go_as_it_is(chunk)) {
      const std::size_t length = aligned_down(std::min(chunk.size(), largest_buffer), alignment_);
      co_await co_submit(chunk.slice(0, length));
      chunk = chunk.from(length);
      continue;
    }
    if (!staging_) staging_ = co_await co_buffer(smallest_buffer);
    const std::size_t used = lead() + staged_;
    const std::size_t copied = std::min(chunk.size(), staging_.size() - used);
    std::memcpy(staging_.data() + used, chunk.data(), copied);
    staged_ += copied;
    chunk = chunk.from(copied);
    if (used + copied == staging_.size()) co_await co_flush();
  }
}

Task<> BlockWriter::co_flush() {
  if (staged_ == 0) co_return;
  Chunk block = std::move(staging_).share(lead() + staged_).slice(lead(), staged_);
  staged_ = 0;
  co_await co_submit(std::move(block));
}

Task<bool> BlockWriter::write_block(std::shared_ptr<const Target> target, std::uint64_t offset, Chunk block) {
  bool refused = false;
  try {
    co_await target->io->co_write_at(target->file, offset, block);
  } catch (const Error& error) {
    // A file system that takes O_DIRECT at open and refuses it here: from now on this file is written buffered.
    if (!target->direct || error.code() != std::errc::invalid_argument) throw;
    refused = true;
  }
  if (refused) {
    set_direct(target->file->descriptor(), false);
    co_await target->io->co_write_at(target->file, offset, block);
  }
  target->readback->written(offset, block.size());
  if (target->followers) target->followers->written_to(target->readback->readable());
  co_return true;
}

// Padding the last block and cutting the file behind it would cost a read that blocks; a buffered write does not. What
// followers wait for is written before its block is full: the rest of that block is buffered too, what comes after it
// direct again.
Task<> BlockWriter::co_submit(Chunk block) {
  const std::size_t head = std::min(block.size(), (alignment_ - lead()) % alignment_);
  const std::size_t whole = aligned_down(block.size() - head, alignment_);
  // To go over to direct writing and back, all writes are waited for: small pieces are not worth it.
  if (whole < (target_->followers ? worth_a_write : alignment_)) co_return co_await co_submit_part(block, false);
  if (head > 0) co_await co_submit_part(block.slice(0, head), false);
  co_await co_submit_part(block.slice(head, whole), true);
  if (head + whole < block.size()) co_await co_submit_part(block.from(head + whole), false);
}

Task<> BlockWriter::co_submit_part(Chunk part, bool direct) {
  if (target_->direct && direct != direct_) {
    co_await co_wait_for_all();
    set_direct(target_->file->descriptor(), direct);
    direct_ = direct;
  }
  if (in_flight_.size() >= depth) co_await co_wait_for_oldest();
  const auto executor = co_await boost::asio::this_coro::executor;
  in_flight_.push_back(start(target_->runtime->scope(), executor, write_block(target_, submitted_, part)));
  submitted_ += part.size();
  // Lets the backend hand the write to the kernel: the checksum is computed while the device reads the block.
  if (part.size() >= worth_a_write) co_await boost::asio::post(executor, boost::asio::deferred);
  crc_.update(part);
}

Task<> BlockWriter::co_wait_for_oldest() {
  Started<bool> oldest = std::move(in_flight_.front());
  in_flight_.pop_front();
  // Deaf, for writes are short and cannot be stopped; a cancellation is seen at the next await.
  co_await oldest.co_result_shielded();
}

Task<> BlockWriter::co_wait_for_all() {
  while (!in_flight_.empty()) co_await co_wait_for_oldest();
}

Task<> BlockWriter::co_finish() {
  co_await co_flush();
  staging_ = Buffer();
  co_await co_wait_for_all();
}

}  // namespace coffer
