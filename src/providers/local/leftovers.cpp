#include <array>
#include <cerrno>
#include <utility>

#include <coffer/async/runtime.hpp>
#include <coffer/providers/local.hpp>
#include <fcntl.h>

#include "providers/local/file_calls.hpp"
#include "providers/local/folder_names.hpp"
#include "providers/local/paths.hpp"
#include "providers/local/subject.hpp"

namespace coffer {
namespace {

/// What decides whether a file was left behind.
struct Judged {
  Descriptor file;  ///< Locked, so that nobody takes it up again.
  FileFacts facts;
  bool abandoned = false;
};

/// What writers have in the hidden folder: files on their way to a name, and what followers are told.
constexpr std::array writers_folders = {"tmp", "live"};

int open_folder(const std::string& path, const std::string& name, Descriptor& out) {
  Descriptor root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) return -errno;
  const int opened = open_beneath(root.number(), joined(hidden_folder, name), O_RDONLY | O_DIRECTORY);
  if (opened < 0) return opened;
  out = Descriptor(opened);
  return 0;
}

int judge(int folder, const std::string& name, std::int64_t older_than_ns, Judged& out) {
  const int opened = open_beneath(folder, name, O_RDWR | O_NONBLOCK);
  if (opened < 0) return opened;
  out.file = Descriptor(opened);
  if (const int failed = facts_of(opened, out.facts); failed < 0) return failed;
  if (!out.facts.is_regular() || out.facts.modified_ns > older_than_ns) return 0;
  // 0: a file system without locks, where age alone tells.
  const int locked = try_lock(opened);
  if (locked < 0 && locked != -EAGAIN) return locked;
  out.abandoned = locked >= 0;
  return 0;
}

std::chrono::system_clock::time_point time_of(std::int64_t nanoseconds) {
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::nanoseconds(nanoseconds)));
}

Task<> co_collect(Runtime& runtime, std::shared_ptr<IoBackend> io, const Subject& subject, std::string name_inside,
                  std::int64_t older_than_ns, bool dry_run, std::vector<Leftover>& found) {
  auto folder = std::make_shared<Descriptor>();
  std::function<int()> open = [folder, path = subject.path, name_inside] {
    return open_folder(path, name_inside, *folder);
  };
  const int opened = co_await io->co_try("open the hidden folder of", std::move(open));
  if (opened == -ENOENT) co_return;
  if (opened < 0) throw subject.failed(-opened, "open the hidden folder of");

  NameQuery query;
  query.most = 1024;
  auto part = std::make_shared<NamePart>();
  part->more = true;
  while (part->more) {
    std::function<int()> list = [folder, part, query] { return read_names(folder->number(), "", query, *part); };
    co_await co_step(*io, subject, "list", std::move(list));
    for (const FolderName& name : part->names) {
      if (name.is_folder) continue;
      auto judged = std::make_shared<Judged>();
      std::function<int()> look = [folder, judged, name, older_than_ns] {
        return judge(folder->number(), name.name, older_than_ns, *judged);
      };
      const int looked = co_await io->co_try("look at", std::move(look));
      if (looked == -ENOENT) continue;
      if (looked < 0) throw subject.failed(-looked, "look at a leftover in");
      if (!judged->abandoned) continue;
      if (!dry_run) {
        std::function<int()> remove = [folder, name] { return remove_file(folder->number(), name.name); };
        co_await co_step(*io, subject, "remove a leftover from", std::move(remove));
        // The last holder of a removed file: its blocks are freed by the reaper. Its lock goes at once, or a next look
        // would take this one for a living writer.
        unlock(judged->file.number());
        const File held(judged->file.release(), runtime.reaper());
      }
      Leftover leftover;
      leftover.path = std::filesystem::path(subject.path) / hidden_folder / name_inside / name.name;
      leftover.bytes = judged->facts.size;
      leftover.modified = time_of(judged->facts.modified_ns);
      found.push_back(std::move(leftover));
    }
    if (!part->names.empty()) query.past = part->names.back().in_key();
  }
}

Task<std::vector<Leftover>> co_collect_all(Runtime& runtime, std::shared_ptr<IoBackend> io, const Subject& subject,
                                           std::int64_t older_than_ns, bool dry_run) {
  std::vector<Leftover> found;
  for (const char* const name : writers_folders) {
    co_await co_collect(runtime, io, subject, name, older_than_ns, dry_run, found);
  }
  co_return std::move(found);
}

}  // namespace

Task<std::vector<Leftover>> co_collect_leftovers(Runtime& runtime, std::shared_ptr<IoBackend> io,
                                                 std::filesystem::path folder, std::chrono::seconds older_than,
                                                 bool dry_run) {
  Subject subject;
  subject.operation = "collect leftovers of";
  subject.uri = Uri::of_file(folder.string()).value().text();
  subject.path = folder.string();
  const auto limit = runtime.clock().now() - older_than;
  const std::int64_t limit_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(limit.time_since_epoch()).count();
  co_return co_await co_named(subject, co_collect_all(runtime, std::move(io), subject, limit_ns, dry_run));
}

}  // namespace coffer
