#include <cstdlib>
#include <optional>

#include <coffer/app/open_storage.hpp>
#include <coffer/providers/local.hpp>
#include <coffer/providers/memory.hpp>

#include "app/cache_folder.hpp"
#include "app/file_journal.hpp"
#include "app/file_scratch.hpp"
#include "pipe/store_place.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;

/// Whether text is a URI: a scheme, then "://". A folder may be called anything else.
bool is_uri(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return false;
  return text.find('/') > colon;
}

fs::path absolute_folder(std::string_view text) {
  fs::path folder = fs::absolute(fs::path(text)).lexically_normal();
  // `a/../b` is not `b` where `a` is a link: the links are followed then, and only then.
  if (text.find("..") != std::string_view::npos) folder = fs::weakly_canonical(fs::absolute(fs::path(text)));
  return folder.has_filename() ? folder : folder.parent_path();
}

/// The folder of a `file://` root.
fs::path folder_of(const Uri& root) {
  const fs::path folder = fs::path(root.path()).lexically_normal();
  return folder.has_filename() ? folder : folder.parent_path();
}

fs::path user_cache_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && cache[0] == '/') return fs::path(cache) / "coffer";
  const char* home = std::getenv("HOME");
  if (home != nullptr && home[0] == '/') return fs::path(home) / ".cache" / "coffer";
  return {};
}

std::shared_ptr<Scratch> make_scratch(Runtime& runtime, const StoreConfig& config, const std::shared_ptr<IoBackend>& io,
                                      const Uri& root) {
  ScratchPlaces places;
  places.limit = config.spill_limit();
  places.in_memory_allowed = config.spill_in_memory();
  if (!config.spill_folder().empty()) {
    const fs::path folder = absolute_folder(config.spill_folder().native());
    if (!config.spill_in_memory() && lies_in_memory(folder)) {
      throw Error(ErrorKind::invalid_argument,
                  "the spill folder " + folder.string() + " is in memory (tmpfs): name one on a disk, or force it");
    }
    places.folders.push_back(folder);
  } else {
    if (root.scheme() == "file") places.folders.push_back(folder_of(root) / ".coffer");
    if (fs::path cache = user_cache_folder(); !cache.empty()) places.folders.push_back(std::move(cache));
  }
  return make_file_scratch(runtime, io, std::move(places));
}

bool lies_in(const fs::path& inner, const fs::path& outer) {
  const fs::path way = fs::weakly_canonical(inner).lexically_relative(fs::weakly_canonical(outer));
  return !way.empty() && *way.begin() != "..";
}

/// Null where none is named.
std::shared_ptr<DiskCache> make_cache(Runtime& runtime, const StoreConfig& config, const std::shared_ptr<IoBackend>& io,
                                      const Uri& root) {
  if (config.cache_folder().empty()) return nullptr;
  const fs::path folder = absolute_folder(config.cache_folder().native());
  if (root.scheme() == "file" && (lies_in(folder, folder_of(root)) || lies_in(folder_of(root), folder))) {
    throw Error(ErrorKind::invalid_argument,
                "the cache folder " + folder.string() + " and the store may not lie in each other");
  }
  return make_cache_folder(runtime, io, folder, config.cache_limit());
}

/// Null where the store cannot keep any.
std::shared_ptr<JournalStore> make_journals(Runtime& runtime, const std::shared_ptr<IoBackend>& io, const Uri& root) {
  if (root.scheme() != "file") return nullptr;
  return make_file_journals(runtime, io, folder_of(root) / ".coffer" / "runs");
}

/// The only list of providers.
ProviderPtr make_provider(Runtime& runtime, const std::shared_ptr<IoBackend>& io, const Uri& root) {
  if (root.scheme() == "mem") return make_memory_provider(runtime, MemoryConfig().name(root.authority()));
  return make_local_provider(runtime, io, LocalConfig(folder_of(root)));
}

Error unusable(ErrorKind kind, std::string message, std::string_view text) {
  return Error(kind, std::move(message)).during("open store").about(std::string(text));
}

Result<Uri> root_of_folder(const fs::path& folder) {
  if (folder == folder.root_path()) {
    return unusable(ErrorKind::invalid_argument, "a store is a folder below the root: /data/store", folder.native());
  }
  return Uri::of_file(folder.native());
}

}  // namespace

Result<Uri> store_root(std::string_view text) {
  if (text.empty()) return unusable(ErrorKind::invalid_argument, "the store has no name: give a folder or a URI", text);
  if (!is_uri(text)) return root_of_folder(absolute_folder(text));
  Result<Uri> parsed = Uri::parse(text);
  if (!parsed) return parsed;
  if (parsed->scheme() == "file") return root_of_folder(folder_of(*parsed));
  if (parsed->scheme() == "mem") {
    if (!parsed->authority().empty() && (parsed->path().empty() || parsed->path() == "/")) return parsed;
    return unusable(ErrorKind::invalid_argument, "a store in memory has a name and no path: mem://name",
                    parsed->text());
  }
  return unusable(ErrorKind::unsupported, "this build has stores for file:// and mem:// only", parsed->text());
}

Uri uri_in_store(Uri uri, const Uri& root) {
  if (uri.scheme() != "file" || root.scheme() != "file" || uri.is_below(root)) return uri;
  const std::optional<std::string> key = keys_in(root.path(), {uri.path()}).front();
  return key ? root.join(*key) : uri;
}

Storage open_storage(Runtime& runtime, StoreConfig config, std::shared_ptr<IoBackend> io) {
  const Uri root = store_root(config.store()).value();
  ProviderRegistry providers;
  providers.add_active(make_provider(runtime, io, root));
  if (!config.readable().empty()) providers.add(make_foreign_files(runtime, io, config.readable()));
  std::shared_ptr<Scratch> scratch = make_scratch(runtime, config, io, root);
  std::shared_ptr<JournalStore> journals = make_journals(runtime, io, root);
  std::shared_ptr<DiskCache> cache = make_cache(runtime, config, io, root);
  return Storage(runtime, std::move(providers), std::move(scratch), std::move(journals), std::move(cache));
}

Storage open_storage(Runtime& runtime, StoreConfig config) {
  std::shared_ptr<IoBackend> io = make_io_backend(runtime, config.io_backend());
  return open_storage(runtime, std::move(config), std::move(io));
}

}  // namespace coffer
