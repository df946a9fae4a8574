#include "pipe/list_folder.hpp"

#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <coffer/pipe/list.hpp>

#include "async/helper_threads.hpp"
#include "pipe/input_source.hpp"
#include "pipe/plain_file.hpp"
#include "pipe/run_data.hpp"

namespace coffer {

namespace fs = std::filesystem;

namespace {

/// False where it cannot be: a hard link on another file system, or to a file of somebody else.
bool link(const fs::path& from, const fs::path& to, bool is_hard) {
  std::error_code code;
  if (is_hard)
    fs::create_hard_link(from, to, code);
  else
    fs::create_symlink(from, to, code);
  return !code;
}

Task<> co_put(Storage& storage, const ListElement& element, fs::path file, std::shared_ptr<RunTally> tally) {
  RunData data(storage, "element", element.stored);
  if (const std::optional<fs::path> own = data.local_path()) {
    const std::optional<ObjectInfo> info = co_await storage.co_head(element.stored.uri);
    // A hard link changes the file's ctime, which tells a file without a checksum of its own from others: somebody
    // else's file stays as it is.
    const bool is_hard = info && info->integrity == Integrity::verified_on_read;
    auto call = [from = *own, file, is_hard] { return link(from, file, is_hard); };
    const bool linked = co_await storage.runtime().helpers().co_run(std::move(call));
    if (linked) {
      tally->bytes_in += element.stored.size;
      co_return;
    }
  }
  SourcePtr source = co_await data.co_open(ReadOptions());
  InputSource counted(std::move(source), std::move(tally));
  co_await co_make_plain_file(storage.runtime(), counted, std::move(file));
}

}  // namespace

Task<> co_make_list_folder(Storage& storage, const RunList& list, fs::path folder, std::shared_ptr<RunTally> tally) {
  auto make = [folder] { make_plain_folder(folder); };
  co_await storage.runtime().helpers().co_run(std::move(make));
  const std::size_t count = list.view().ready;
  for (std::size_t i = 0; i < count; ++i) {
    const ListElement element = list.at(i);
    fs::path file = folder / list_file_name(element);
    co_await co_put(storage, element, std::move(file), tally);
  }
}

}  // namespace coffer
