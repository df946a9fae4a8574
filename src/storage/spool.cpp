#include <memory>
#include <utility>

#include <coffer/async/runtime.hpp>
#include <coffer/storage/spool.hpp>
#include <coffer/storage/storage.hpp>
#include <coffer/stream/pump.hpp>

namespace coffer {
namespace {

constexpr std::size_t spooled_piece = std::size_t{256} << 10U;

Task<std::shared_ptr<ScratchFile>> co_create_file(Storage& storage) {
  if (!storage.scratch()) {
    throw Error(ErrorKind::unsupported,
                "what can be read only once must be kept on a disk, and this Storage has no "
                "Scratch: give it one, or read a file");
  }
  co_return co_await storage.scratch()->co_create();
}

/// A file in scratch, from its start or in a range.
class SpooledSource final : public ByteSource {
 public:
  SpooledSource(Runtime& runtime, std::shared_ptr<ScratchFile> file, ObjectInfo info, Extent extent)
      : runtime_(runtime),
        share_(runtime.pool().open_share("read a spooled stream")),
        file_(std::move(file)),
        info_(std::move(info)),
        at_(extent.offset),
        end_(extent.end()) {}

  const ObjectInfo& info() const override { return info_; }

  Task<std::optional<Chunk>> co_read(std::size_t at_most) override {
    if (at_ == end_) co_return std::nullopt;
    std::size_t wanted = at_most == 0 || at_most > spooled_piece ? spooled_piece : at_most;
    if (wanted > end_ - at_) wanted = static_cast<std::size_t>(end_ - at_);
    Chunk chunk = co_await file_->co_read_at(share_, at_, wanted);
    at_ += chunk.size();
    co_return std::move(chunk);
  }

  Task<SourcePtr> co_reopen(ByteRange range) override {
    const Extent extent = range.within(*info_.size).value();
    co_return std::make_unique<SpooledSource>(runtime_, file_, info_, extent);
  }

 private:
  Runtime& runtime_;
  BudgetShare share_;
  std::shared_ptr<ScratchFile> file_;
  ObjectInfo info_;
  std::uint64_t at_;
  std::uint64_t end_;
};

class HeldBackSink final : public ByteSink {
 public:
  HeldBackSink(Runtime& runtime, std::shared_ptr<ScratchFile> file, SinkPtr sink)
      : runtime_(runtime),
        share_(runtime.pool().open_share("hold back a stream")),
        file_(std::move(file)),
        sink_(std::move(sink)) {}

  Task<Buffer> co_buffer(std::size_t at_least) override {
    co_return share_.need(at_least < spooled_piece ? spooled_piece : at_least);
  }

  Task<> co_write(Chunk chunk) override { co_await file_->co_append(std::move(chunk)); }

  Task<Stored> co_commit() override {
    ObjectInfo info;
    info.size = file_->readable();
    const Extent all{0, *info.size};
    SpooledSource source(runtime_, file_, std::move(info), all);
    co_await co_pump(source, *sink_);
    co_return co_await sink_->co_commit();
  }

 private:
  Runtime& runtime_;
  BudgetShare share_;
  std::shared_ptr<ScratchFile> file_;
  SinkPtr sink_;
};

}  // namespace

Task<SourcePtr> co_rereadable(Storage& storage, SourcePtr source) {
  // Most can tell by doing it; where it can, nothing was lost.
  SourcePtr again = co_await source->co_reopen(ByteRange::whole());
  if (again) co_return again;
  std::shared_ptr<ScratchFile> file = co_await co_create_file(storage);
  while (std::optional<Chunk> chunk = co_await source->co_read()) {
    Chunk next = std::move(*chunk);
    co_await file->co_append(std::move(next));
  }
  ObjectInfo info = source->info();
  info.size = file->readable();
  const Extent all{0, *info.size};
  co_return std::make_unique<SpooledSource>(storage.runtime(), std::move(file), std::move(info), all);
}

Task<SinkPtr> co_hold_back(Storage& storage, SinkPtr sink) {
  std::shared_ptr<ScratchFile> file = co_await co_create_file(storage);
  co_return std::make_unique<HeldBackSink>(storage.runtime(), std::move(file), std::move(sink));
}

}  // namespace coffer
