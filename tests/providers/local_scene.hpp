#pragma once

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <coffer/io_backends/make_io_backend.hpp>
#include <coffer/observe/observer.hpp>
#include <coffer/providers/local.hpp>
#include <coffer/storage/provider.hpp>

#include "fakes/faulty_backend.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_loop.hpp"

namespace coffer::test {

inline constexpr std::size_t MiB = std::size_t{1} << 20U;

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Keeps the lines that were meant for people.
class LineKeeper final : public Observer {
 public:
  void warn(std::string_view line) noexcept override {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(line);
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// A local store in a folder of its own, on a loop, over a backend that fails on demand.
class LocalScene {
 public:
  explicit LocalScene(LoopKind kind = LoopKind::own_thread, std::string_view backend = "",
                      const std::filesystem::path& parent = std::filesystem::temp_directory_path())
      : folder_(parent),
        lines_(std::make_shared<LineKeeper>()),
        loop_(kind, RuntimeConfig().observer(lines_)),
        io_(std::make_shared<FaultyBackend>(make_io_backend(loop_.runtime(), backend))) {
    open();
  }

  /// Opens the store anew, as another process would.
  void open(LocalConfig&& config) { store_ = make_local_provider(loop_.runtime(), io_, std::move(config)); }
  void open() { open(LocalConfig(path())); }

  std::filesystem::path path() const { return folder_.path() / "store"; }
  std::filesystem::path outside() const { return folder_.path(); }
  Runtime& runtime() { return loop_.runtime(); }
  StorageProvider& store() { return *store_; }
  const std::shared_ptr<FaultyBackend>& io() { return io_; }
  std::vector<std::string> lines() const { return lines_->lines(); }

  template <class T>
  T run(Task<T> task) {
    return loop_.run(std::move(task));
  }
  /// The Error that a task throws; nothing where it throws none.
  template <class T>
  std::optional<Error> error_of(Task<T> task) {
    try {
      loop_.run(std::move(task));
    } catch (const Error& error) {
      return error;
    }
    return std::nullopt;
  }
  /// Its kind; "" where there is none.
  template <class T>
  std::string failure(Task<T> task) {
    const std::optional<Error> error = error_of(std::move(task));
    return error ? std::string(to_string(error->kind())) : std::string();
  }

  Stored put(std::string key, std::string bytes, WriteOptions options = {}) {
    return run(store_->co_store(std::move(key), std::move(bytes), std::move(options)));
  }
  std::string get(std::string key) { return run(store_->co_load(std::move(key))); }
  std::optional<ObjectInfo> head(std::string key) { return run(store_->co_head(std::move(key))); }
  std::vector<std::string> keys(std::string prefix = "", ListOptions options = {}) {
    return run(co_keys(*store_, std::move(prefix), std::move(options)));
  }
  std::vector<Leftover> leftovers(bool dry_run = true) {
    return run(co_collect_leftovers(runtime(), io_, path(), std::chrono::seconds(0), dry_run));
  }
  /// Waits until everything that was dropped is cleaned up.
  bool settle() { return run(runtime().co_close(std::chrono::seconds(60))); }

 private:
  static Task<std::vector<std::string>> co_keys(StorageProvider& store, std::string prefix, ListOptions options) {
    const ListerPtr lister = co_await store.co_list(std::move(prefix), std::move(options));
    std::vector<std::string> keys;
    for (;;) {
      const std::vector<ListEntry> page = co_await lister->co_next();
      if (page.empty()) break;
      for (const ListEntry& entry : page) keys.push_back(entry.key);
    }
    co_return std::move(keys);
  }

  TemporaryFolder folder_;
  std::shared_ptr<LineKeeper> lines_;
  TestLoop loop_;
  std::shared_ptr<FaultyBackend> io_;
  ProviderPtr store_;
};

/// `size` bytes that repeat nowhere near.
inline std::string sample_bytes(std::size_t size, std::uint64_t seed = 1) {
  std::string bytes(size, '\0');
  std::uint64_t state = seed * 0x9e3779b97f4a7c15U + 1;
  for (std::size_t at = 0; at < size; at += sizeof state) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    std::memcpy(bytes.data() + at, &state, std::min(sizeof state, size - at));
  }
  return bytes;
}

}  // namespace coffer::test
