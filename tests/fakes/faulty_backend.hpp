#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "io_backends/io_backend.hpp"

namespace coffer::test {

/// A backend whose steps fail on demand; otherwise those of another one. A step that fails is not performed.
/// Thread-safe.
class FaultyBackend final : public IoBackend {
 public:
  explicit FaultyBackend(std::shared_ptr<IoBackend> inner) : inner_(std::move(inner)) {}

  /// The step after `count` further ones fails, once, with this errno.
  void fail_after(std::size_t count, int code);
  /// Every step of this name fails.
  void fail_each(std::string step, int code);
  /// Nothing fails any more.
  void heal();

  /// The step that failed; nothing where none did.
  std::optional<std::string> failed_step() const;
  /// How often each step was asked for.
  std::map<std::string, std::size_t> counts() const;

  std::string_view name() const noexcept override { return inner_->name(); }
  Task<ReadDone> co_read_at(FilePtr file, std::uint64_t offset, Buffer into, std::size_t want) override;
  Task<> co_write_at(FilePtr file, std::uint64_t offset, Chunk from) override;
  Task<> co_sync(FilePtr file, bool data_only) override;
  Task<int> co_try(std::string_view step, std::function<int()> call) override;

 private:
  /// The errno with which this step fails; 0 where it does not.
  int code_for(std::string_view step);

  const std::shared_ptr<IoBackend> inner_;
  mutable std::mutex mutex_;
  std::optional<std::size_t> until_failure_;
  int code_ = 0;
  std::map<std::string, int, std::less<>> failing_steps_;
  std::optional<std::string> failed_step_;
  std::map<std::string, std::size_t> counts_;
};

}  // namespace coffer::test
