#include "app/file_journal.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <functional>
#include <set>
#include <utility>

#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/async/runtime.hpp>
#include <coffer/base/error.hpp>
#include <coffer/base/uri.hpp>
#include <sys/stat.h>

#include "app/journal_files.hpp"
#include "base/sha256.hpp"
#include "io_backends/file.hpp"
#include "io_backends/io_backend.hpp"
#include "pipe/journal_format.hpp"
#include "pipe/journal_holder.hpp"

namespace coffer {

namespace fs = std::filesystem;

namespace {

/// How long the kernel may take to end a process that was killed, with what it had in flight and its locks.
constexpr std::chrono::seconds longest_end{5};
constexpr std::chrono::milliseconds pause{5};
const char* const gone_begin = ".gone-";
/// File systems take no longer name.
constexpr std::size_t longest_file_name = 255;
// Neither ids nor names of pipelines have it.
constexpr char instead_of_slash = '+';

/// Whom the calls are for.
struct Folder {
  std::shared_ptr<IoBackend> io;
  fs::path path;  // Of all runs.

  fs::path of(const std::string& run) const { return path / run; }
  Error failed(int code, const std::string& step, const fs::path& where) const {
    return Error::from_errno(-code, step).during("journal").about(Uri::of_file(where.string()).value().text());
  }
};

/// Returns what the call does; throws where it fails.
Task<int> co_step(const Folder& folder, std::string step, const fs::path& where, std::function<int()> call) {
  const int result = co_await folder.io->co_try(step, std::move(call));
  if (result < 0) throw folder.failed(result, step, where);
  co_return result;
}

std::string exchanged(std::string text, char from, char to) {
  std::ranges::replace(text, from, to);
  return text;
}

/// How a pin is kept. A name that is too long for a file's stands behind the key.
struct PinFile {
  std::string name;
  std::string content;
};

PinFile pin_file(const RunPin& pin) {
  PinFile file;
  file.name = pin.by + "." + exchanged(pin.name, '/', instead_of_slash);
  file.content = pin.key;
  if (file.name.size() <= longest_file_name) return file;
  file.name = pin.by + "." + instead_of_slash + sha256(pin.name);
  file.content += "\n" + pin.name;
  return file;
}

RunPin pin_of(const PinFile& file) {
  RunPin pin;
  pin.by = file.name.substr(0, file.name.find('.'));
  const std::string shown = file.name.substr(std::min(pin.by.size() + 1, file.name.size()));
  // Keys may have line breaks, names have none.
  const std::size_t end = shown.starts_with(instead_of_slash) ? file.content.rfind('\n') : std::string::npos;
  pin.key = file.content.substr(0, end);
  pin.name = end == std::string::npos ? exchanged(shown, instead_of_slash, '/') : file.content.substr(end + 1);
  return pin;
}

/// Of all runs in the folder, the pins whose names begin so, but for those that are kept.
int remove_pins(const fs::path& all, const std::string& begin, const std::set<std::string>& kept) {
  std::vector<std::string> runs;
  if (const int failed = list_names(all, runs); failed < 0) return failed == -ENOENT ? 0 : failed;
  for (const std::string& run : runs) {
    std::vector<std::string> pins;
    const int failed = list_names(all / run / "pins", pins);
    if (failed == -ENOENT || failed == -ENOTDIR) continue;
    if (failed < 0) return failed;
    for (const std::string& pin : pins) {
      std::error_code removing;
      if (pin.starts_with(begin) && !kept.contains(pin)) fs::remove(all / run / "pins" / pin, removing);
      if (removing) return -removing.value();
    }
  }
  return 0;
}

class FileClaim final : public RunClaim {
 public:
  FileClaim(Runtime& runtime, Folder folder, std::string run, OwnedDescriptor lock, RunHolder holder)
      : runtime_(runtime),
        folder_(std::move(folder)),
        run_(std::move(run)),
        lock_(std::move(lock)),
        holder_(std::move(holder)) {}

  const RunHolder& holder() const noexcept override { return holder_; }

  Task<> co_begin_segment(std::uint32_t number, std::string bytes, SegmentRoom room) override {
    segment_.reset();
    const fs::path where = folder_.of(run_);
    const std::string name = segment_name(number);
    size_ = bytes.size();
    auto made = std::make_shared<OwnedDescriptor>();
    std::function<int()> make = [where, name, made, room, bytes = std::move(bytes)] {
      return make_segment_file(where, name, bytes, room, *made);
    };
    const int result = co_await folder_.io->co_try("make a journal segment", std::move(make));
    if (result == -EEXIST) {
      throw Error(ErrorKind::conflict, "somebody else writes to the journal of the run " + run_ + ": its segment " +
                                           name + " is there already");
    }
    if (result < 0) throw folder_.failed(result, "making a journal segment", where);
    segment_ = std::make_shared<const File>(made->release(), runtime_.reaper());
  }

  Task<> co_append(std::string bytes, bool flush) override {
    const FilePtr segment = std::exchange(segment_, nullptr);  // Dead unless all of it succeeds.
    if (!segment) {
      throw Error(ErrorKind::io,
                  "the journal of the run " + run_ +
                      " takes nothing more since writing to it failed: resume the run once that is mended");
    }
    const std::size_t size = bytes.size();
    try {
      if (size > 0) {
        Chunk chunk = Chunk::of(std::move(bytes));
        co_await folder_.io->co_write_at(segment, size_, std::move(chunk));
      }
      if (flush) co_await folder_.io->co_sync(segment, true);
    } catch (const Error& error) {
      Error told = Error(error).during("journal").about(Uri::of_file(folder_.of(run_).string()).value().text());
      throw std::move(told);
    }
    size_ += size;
    segment_ = segment;
  }

  Task<> co_remove() override {
    segment_.reset();
    const fs::path all = folder_.path;
    const std::string run = run_;
    const std::string gone = gone_begin + run_ + "-" + holder_.token;
    std::function<int()> move = [all, run, gone] { return rename_in_folder(all, run, gone); };
    co_await co_step(folder_, "remove a journal", all / run, std::move(move));
    std::function<int()> remove = [where = all / gone] {
      std::error_code failed;
      fs::remove_all(where, failed);
      return -failed.value();
    };
    co_await co_step(folder_, "remove a journal's files", all / gone, std::move(remove));
  }

 private:
  Runtime& runtime_;
  const Folder folder_;
  const std::string run_;
  const OwnedDescriptor lock_;
  const RunHolder holder_;
  FilePtr segment_;
  std::uint64_t size_ = 0;
};

class FileJournals final : public JournalStore {
 public:
  FileJournals(Runtime& runtime, std::shared_ptr<IoBackend> io, fs::path folder) : runtime_(runtime) {
    folder_.io = std::move(io);
    folder_.path = std::move(folder);
  }

  Task<std::vector<std::string>> co_runs() override {
    std::vector<std::string> names = co_await co_names(folder_.path, list_folders);
    std::erase_if(names, [](const std::string& name) { return !is_run_id(name); });
    co_return std::move(names);
  }

  Task<std::vector<JournalSegment>> co_read(std::string run) override {
    check_run_id(run);
    const fs::path where = folder_.of(run);
    std::vector<JournalSegment> segments;
    const std::vector<std::string> names = co_await co_names(where, list_names);
    for (const std::string& name : names) {
      const auto number = static_cast<std::uint32_t>(std::strtoul(name.c_str(), nullptr, 10));
      if (number == 0 || name != segment_name(number)) continue;
      auto bytes = std::make_shared<std::string>();
      std::function<int()> read = [file = where / name, bytes] { return read_whole(file, *bytes); };
      const int result = co_await folder_.io->co_try("read a journal segment", std::move(read));
      if (result == -ENOENT) co_return std::vector<JournalSegment>();  // Removed meanwhile.
      if (result < 0) throw folder_.failed(result, "reading a journal segment", where / name);
      JournalSegment segment;
      segment.number = number;
      segment.bytes = std::move(*bytes);
      segments.push_back(std::move(segment));
    }
    co_return std::move(segments);
  }

  Task<std::optional<RunHolder>> co_holder(std::string run) override {
    check_run_id(run);
    auto lock = std::make_shared<LockTry>();
    std::function<int()> look = [where = folder_.of(run), lock] { return look_at_lock(where, *lock); };
    const int result = co_await folder_.io->co_try("look at a journal's lock", std::move(look));
    std::optional<RunHolder> holder;
    if (result == -ENOENT) co_return holder;
    if (result < 0) throw folder_.failed(result, "looking at a journal's lock", folder_.of(run));
    if (!lock->locked) holder = parse_holder(lock->holder).value_or(RunHolder());
    co_return std::move(holder);
  }

  Task<std::unique_ptr<RunClaim>> co_claim(std::string run, bool make) override {
    check_run_id(run);
    const fs::path where = folder_.of(run);
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor);
    const auto end = std::chrono::steady_clock::now() + longest_end;
    for (;;) {
      if (make) {
        std::function<int()> call = [where] { return make_journal_folder(where); };
        co_await co_step(folder_, "make a journal's folder", where, std::move(call));
      }
      auto lock = std::make_shared<LockTry>();
      const int result = co_await co_try_lock(run, lock);
      if (result == -ENOENT && !make) co_return nullptr;
      if (result < 0 && result != -ENOENT) throw folder_.failed(result, "locking a journal", where);
      if (lock->locked) co_return co_await co_take(std::move(run), lock);
      const RunHolder holder = parse_holder(lock->holder).value_or(RunHolder());
      const bool may_end = holder.token.empty() || has_ended(holder);
      if (!may_end || std::chrono::steady_clock::now() >= end) throw is_held(run, holder);
      timer.expires_after(pause);
      co_await timer.async_wait(boost::asio::deferred);
    }
  }

  Task<> co_pin(std::string run, RunPin pin) override {
    check_run_id(run);
    const fs::path where = folder_.of(run);
    std::function<int()> write = [where, file = pin_file(pin)] {
      // Nothing above it is made: the run may be removed at this moment.
      if (::mkdir((where / "pins").c_str(), 0700) != 0 && errno != EEXIST) return -errno;
      return replace_file(where / "pins", file.name, file.content);
    };
    const int result = co_await folder_.io->co_try("pin a run's object", std::move(write));
    if (result == -ENOENT) {
      const std::vector<std::string> runs = co_await co_runs();
      if (!std::ranges::binary_search(runs, run))
        throw Error(ErrorKind::not_found, "there is no run " + run + " any more");
    }
    if (result < 0) throw folder_.failed(result, "pinning a run's object", where);
  }

  Task<> co_unpin(std::string run, RunPin pin) override {
    check_run_id(run);
    const fs::path file = folder_.of(run) / "pins" / pin_file(pin).name;
    std::function<int()> remove = [file] {
      std::error_code failed;
      fs::remove(file, failed);
      return -failed.value();
    };
    co_await co_step(folder_, "take a pin off a run's object", file, std::move(remove));
  }

  Task<std::vector<RunPin>> co_pins(std::string run) override {
    check_run_id(run);
    const fs::path where = folder_.of(run) / "pins";
    std::vector<RunPin> pins;
    const std::vector<std::string> names = co_await co_names(where, list_names);
    for (const std::string& name : names) {
      auto file = std::make_shared<PinFile>();
      file->name = name;
      std::function<int()> read = [path = where / name, file] { return read_whole(path, file->content); };
      const int result = co_await folder_.io->co_try("read a pin", std::move(read));
      if (result == -ENOENT) continue;
      if (result < 0) throw folder_.failed(result, "reading a pin", where / name);
      pins.push_back(pin_of(*file));
    }
    co_return std::move(pins);
  }

  Task<> co_unpin_all(std::string by, std::set<std::string> needed) override {
    check_run_id(by);
    std::set<std::string> kept;
    for (const std::string& name : needed) kept.insert(pin_file(RunPin{by, name, ""}).name);
    std::function<int()> remove = [all = folder_.path, begin = by + ".", kept = std::move(kept)] {
      return remove_pins(all, begin, kept);
    };
    // In one step: there may be thousands of runs.
    co_await co_step(folder_, "take the pins of a run off others", folder_.path, std::move(remove));
  }

  Task<std::size_t> co_sweep(bool dry_run) override {
    auto count = std::make_shared<std::size_t>(0);
    std::function<int()> sweep = [count, dry_run, all = folder_.path] {
      std::error_code failed;
      for (fs::directory_iterator entry(all, failed), end; !failed && entry != end; entry.increment(failed)) {
        if (!entry->path().filename().string().starts_with(gone_begin)) continue;
        ++*count;
        std::error_code removing;
        if (!dry_run) fs::remove_all(entry->path(), removing);
        // Who disposes of it may be removing it, too.
        if (removing && removing != std::errc::no_such_file_or_directory) return -removing.value();
      }
      return failed.value() == ENOENT ? 0 : -failed.value();
    };
    co_await co_step(folder_, "sweep up journals", folder_.path, std::move(sweep));
    co_return *count;
  }

 private:
  static Error is_held(const std::string& run, const RunHolder& holder) {
    return {ErrorKind::conflict,
            "the run " + run + " is at work in " + holder_text(holder) + "; wait for it, or end it"};
  }

  using ListCall = int (*)(const fs::path&, std::vector<std::string>&);

  Task<std::vector<std::string>> co_names(fs::path folder, ListCall call) {
    auto names = std::make_shared<std::vector<std::string>>();
    std::function<int()> list = [names, folder, call] { return call(folder, *names); };
    const int result = co_await folder_.io->co_try("list journals", std::move(list));
    if (result < 0 && result != -ENOENT) throw folder_.failed(result, "listing journals", folder);
    co_return std::move(*names);
  }

  Task<int> co_try_lock(std::string run, std::shared_ptr<LockTry> lock) {
    std::function<int()> call = [where = folder_.of(run), lock] { return try_lock(where, *lock); };
    co_return co_await folder_.io->co_try("lock a journal", std::move(call));
  }

  Task<std::unique_ptr<RunClaim>> co_take(std::string run, std::shared_ptr<LockTry> lock) {
    RunHolder holder = this_holder(runtime_.clock().now());
    std::function<int()> write = [lock, text = holder_to_json(holder)] {
      return write_holder(lock->file.number(), text);
    };
    co_await co_step(folder_, "say who holds a journal", folder_.of(run), std::move(write));
    co_return std::make_unique<FileClaim>(runtime_, folder_, std::move(run), std::move(lock->file), std::move(holder));
  }

  Runtime& runtime_;
  Folder folder_;
};

}  // namespace

std::shared_ptr<JournalStore> make_file_journals(Runtime& runtime, std::shared_ptr<IoBackend> io, fs::path folder) {
  return std::make_shared<FileJournals>(runtime, std::move(io), std::move(folder));
}

}  // namespace coffer
