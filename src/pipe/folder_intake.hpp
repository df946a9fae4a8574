#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "async/task_group.hpp"
#include "pipe/folder_watch.hpp"
#include "pipe/list_output.hpp"

namespace coffer {

/// Makes a list of the files that a command puts into a folder: each is stored when it is complete, and is then gone
/// from the folder. Runs on one executor, one thing at a time.
class FolderIntake {
 public:
  /// `folder` is made, and `taken` beside it, for files on their way. `type` is empty where it is to follow the files'
  /// names. `run` outlives it.
  static Task<std::unique_ptr<FolderIntake>> co_make(RunContext& run, std::filesystem::path folder,
                                                     std::filesystem::path taken, std::unique_ptr<ListOutput> list,
                                                     std::string type);

  ListOutput& list() noexcept { return *list_; }
  /// Why files are taken only at the end; empty where they are taken at once.
  const std::string& why_late() const noexcept { return watch_->why_not(); }

  /// Takes what is complete, until it is cancelled. Throws what a file could not be stored for.
  Task<> co_watch();
  /// When the command has ended: takes and stores all that is left, the files that nobody told of in the byte order of
  /// their names. The list can be committed then.
  Task<> co_finish();
  /// In the place of co_finish: ends what is under way, and removes what was stored.
  Task<> co_abandon();

 private:
  FolderIntake(RunContext& run, std::filesystem::path folder, std::filesystem::path taken,
               std::unique_ptr<ListOutput> list, std::string type, boost::asio::any_io_executor executor);
  void learn();
  Task<> co_take_known();
  Task<> co_take(std::string name);
  Task<> co_store(std::size_t index, std::filesystem::path file, std::string type);
  void rethrow() const;

  RunContext& run_;
  const std::filesystem::path folder_;
  const std::filesystem::path taken_;
  const std::unique_ptr<ListOutput> list_;
  const std::string type_;
  const boost::asio::any_io_executor executor_;
  std::unique_ptr<FolderWatch> watch_;
  std::size_t taken_before_ = 0;
  std::deque<std::string> known_;  // Complete, and not taken yet.
  TaskGroup storing_;
  std::optional<Error> failure_;
};

}  // namespace coffer
