#include "pipe/folder_intake.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/base/content_type.hpp>
#include <sys/stat.h>

#include "async/helper_threads.hpp"
#include "async/together.hpp"
#include "pipe/plain_file.hpp"

namespace coffer {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_at_once = 8;

/// Moves a file out of the reach of who made it, to a place of its own. False where it is gone already: removed,
/// renamed or taken before.
bool claim(const fs::path& file, const fs::path& place) {
  struct stat facts{};
  if (::lstat(file.c_str(), &facts) == 0 && !S_ISREG(facts.st_mode))
    throw Error(ErrorKind::pipe_failed,
                "its folder holds '" + file.filename().string() + "', which is no regular file");
  if (::rename(file.c_str(), place.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  throw Error::from_errno(errno, "taking " + file.string());
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code))
    names.push_back(entry->path().filename().native());
  if (code) throw Error::from_code(code, "reading the folder " + folder.string());
  std::ranges::sort(names);
  return names;
}

}  // namespace

FolderIntake::FolderIntake(RunContext& run, fs::path folder, fs::path taken, std::unique_ptr<ListOutput> list,
                           std::string type, asio::any_io_executor executor)
    : run_(run),
      folder_(std::move(folder)),
      taken_(std::move(taken)),
      list_(std::move(list)),
      type_(std::move(type)),
      executor_(std::move(executor)) {}

Task<std::unique_ptr<FolderIntake>> FolderIntake::co_make(RunContext& run, fs::path folder, fs::path taken,
                                                          std::unique_ptr<ListOutput> list, std::string type) {
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  std::unique_ptr<FolderIntake> intake(new FolderIntake(run, std::move(folder), std::move(taken), std::move(list),
                                                        std::move(type), std::move(executor)));
  auto make = [folder = intake->folder_, taken = intake->taken_] {
    make_plain_folder(folder);
    make_plain_folder(taken);
  };
  co_await run.runtime().helpers().co_run(std::move(make));
  intake->watch_ = std::make_unique<FolderWatch>(intake->executor_, intake->folder_);
  co_return std::move(intake);
}

Task<> FolderIntake::co_watch() {
  if (!watch_->why_not().empty()) co_await co_for_ever();
  for (;;) {
    co_await co_take_known();
    rethrow();
    std::vector<std::string> names;
    try {
      names = co_await watch_->co_names();
    } catch (...) {
      rethrow();  // It was stopped because of a failure.
      throw;
    }
    known_.insert(known_.end(), names.begin(), names.end());
  }
}

Task<> FolderIntake::co_finish() {
  learn();
  co_await co_take_known();
  auto list = [folder = folder_] { return names_in(folder); };
  const std::vector<std::string> rest = co_await run_.runtime().helpers().co_run(std::move(list));
  known_.insert(known_.end(), rest.begin(), rest.end());
  co_await co_take_known();
  co_await storing_.co_empty();
  rethrow();
}

Task<> FolderIntake::co_abandon() {
  storing_.cancel_all();
  co_await storing_.co_empty();
  co_await list_->co_discard();
}

void FolderIntake::learn() {
  for (std::string& name : watch_->names_now()) known_.push_back(std::move(name));
}

Task<> FolderIntake::co_take_known() {
  while (!known_.empty()) {
    co_await storing_.co_fewer_than(most_at_once);
    rethrow();
    // Known until it is taken: where this is cancelled before, it is the next that is taken, and keeps its place.
    std::string name = known_.front();
    co_await co_take(std::move(name));
    known_.pop_front();
  }
}

Task<> FolderIntake::co_take(std::string name) {
  fs::path place = taken_ / std::to_string(taken_before_++);
  auto call = [file = folder_ / name, place] { return claim(file, place); };
  const bool is_there = co_await run_.runtime().helpers().co_run(std::move(call));
  // From here on to the spawn nothing is awaited: what was taken is stored.
  if (!is_there) co_return;
  std::string type = type_.empty() ? std::string(content_type_of_name(name)) : type_;
  storing_.spawn(executor_, co_store(list_->reserve(), std::move(place), std::move(type)));
}

Task<> FolderIntake::co_store(std::size_t index, fs::path file, std::string type) {
  try {
    fs::path from = file;
    const SourcePtr source = co_await co_open_plain_file(run_.runtime(), std::move(from));
    co_await list_->co_store(index, *source, std::move(type));
    auto remove = [file] {
      std::error_code ignored;  // The whole work folder goes at the end.
      fs::remove(file, ignored);
    };
    co_await run_.runtime().helpers().co_run(std::move(remove));
  } catch (...) {
    if (!failure_) failure_ = to_error(std::current_exception());
    watch_->stop();
  }
}

void FolderIntake::rethrow() const {
  if (failure_) throw Error(*failure_);
}

}  // namespace coffer
