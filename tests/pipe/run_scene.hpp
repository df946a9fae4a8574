#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <coffer/app/open_storage.hpp>
#include <coffer/io_backends/make_io_backend.hpp>
#include <coffer/pipe/executor.hpp>
#include <coffer/pipe/runs.hpp>
#include <coffer/stream/memory_source.hpp>

#include "fakes/faulty_backend.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_loop.hpp"

namespace coffer::test {

/// A store in a folder whose runs are written down, with steps of I/O that fail on demand.
class RunScene {
 public:
  explicit RunScene(LoopKind kind = LoopKind::own_thread)
      : own_folder_(std::in_place), folder_path_(own_folder_->path()), loop_(kind) {
    io_ = std::make_shared<FaultyBackend>(make_io_backend(loop_.runtime()));
    open();
  }
  /// The same store as another process would open it: one whose flush has failed takes no commits any more.
  explicit RunScene(const RunScene& other) : folder_path_(other.folder()), loop_(LoopKind::own_thread) {
    io_ = std::make_shared<FaultyBackend>(make_io_backend(loop_.runtime()));
    open();
  }
  RunScene& operator=(const RunScene&) = delete;
  ~RunScene() = default;

  const std::shared_ptr<FaultyBackend>& io() { return io_; }
  Runtime& runtime() { return loop_.runtime(); }
  Storage& storage() { return *storage_; }
  JournalStore& journals() { return *storage_->journals(); }
  const std::filesystem::path& folder() const { return folder_path_; }
  bool settle() { return loop_.run(loop_.runtime().co_close(std::chrono::minutes(1))); }

  template <class T>
  T run(Task<T> task) {
    return loop_.run(std::move(task));
  }
  RunResult execute(Pipeline pipeline, RunInputs inputs, RunOptions options) {
    Executor executor(*storage_);
    options.work_folder(folder() / "work");
    return run(executor.co_run(std::move(pipeline), std::move(inputs), std::move(options)));
  }

  std::string load(const RunResult& result, const std::string& name) {
    return run(storage_->co_load(result.outputs.at(name).uri));
  }
  DisposeReport dispose(const std::string& id) {
    Runs runs(*storage_);
    return run(runs.co_dispose(id));
  }
  std::optional<RunInfo> find(const std::string& id) {
    Runs runs(*storage_);
    return run(runs.co_find(id));
  }
  /// As a bad disk does.
  void damage_journal(const std::string& id) const {
    std::fstream segment(folder() / "store/.coffer/runs" / id / "000001.seg", std::ios::in | std::ios::out);
    segment.seekp(300);
    segment << "?!?!";
  }
  /// Keys of all objects.
  std::vector<std::string> keys() { return run(co_keys(*storage_)); }

 private:
  /// Files beside the store can be read.
  void open() {
    StoreConfig config((folder() / "store").string());
    config.readable(folder() / "files");
    storage_.emplace(open_storage(loop_.runtime(), std::move(config), io_));
  }

  static Task<std::vector<std::string>> co_keys(Storage& storage) {
    Uri all = storage.providers().active()->root();
    ListerPtr lister = co_await storage.co_list(std::move(all));
    std::vector<std::string> keys;
    for (;;) {
      const std::vector<ListEntry> page = co_await lister->co_next();
      if (page.empty()) co_return std::move(keys);
      for (const ListEntry& entry : page) keys.push_back(entry.key);
    }
  }

  std::optional<TemporaryFolder> own_folder_;
  std::filesystem::path folder_path_;
  TestLoop loop_;
  std::shared_ptr<FaultyBackend> io_;
  std::optional<Storage> storage_;
};

}  // namespace coffer::test
