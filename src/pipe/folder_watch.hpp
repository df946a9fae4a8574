#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <coffer/async/task.hpp>

namespace coffer {

/// Tells which files in a folder are complete: closed after they were written, or moved there. Runs on one executor. A
/// hint: where the kernel's queue was too short, or gave no watch, nothing is told.
class FolderWatch {
 public:
  /// The folder is there.
  FolderWatch(const boost::asio::any_io_executor& executor, const std::filesystem::path& folder);

  /// Why there is no watch; empty where there is one.
  const std::string& why_not() const noexcept { return why_not_; }
  /// Waits for the next, in the order in which they were completed; several at once where they are there. Provisional
  /// names are left out.
  Task<std::vector<std::string>> co_names();
  /// Those that are known now.
  std::vector<std::string> names_now();
  /// Ends a wait, which throws.
  void stop();

 private:
  boost::asio::posix::stream_descriptor events_;
  std::string why_not_;
};

/// The names in what inotify wrote, folders left out.
std::vector<std::string> names_in_events(std::span<const std::byte> events);

/// Whether a name says that a program will move the file to its own when it is complete: ".name", "name.tmp",
/// "name.part", "name~".
bool is_provisional_name(std::string_view name) noexcept;

}  // namespace coffer
