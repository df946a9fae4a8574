#include "pipe/store_place.hpp"

#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "async/helper_threads.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;

fs::path real_path(const fs::path& path) {
  std::error_code failed;
  fs::path real = fs::weakly_canonical(path, failed);
  return failed ? path : real;
}

/// A file's URI behind all symbolic links on the way there; any other as it is.
Task<Uri> co_real(Storage& storage, Uri uri) {
  if (uri.scheme() != "file") co_return uri;
  auto resolve = [path = fs::path(uri.path())] { return real_path(path).string(); };
  const std::string path = co_await storage.runtime().helpers().co_run(std::move(resolve));
  Result<Uri> real = Uri::of_file(path);
  co_return real ? std::move(*real) : std::move(uri);
}

}  // namespace

std::vector<std::optional<std::string>> keys_in(const fs::path& store, const std::vector<fs::path>& files) {
  const std::string root = real_path(store).string() + "/";
  std::map<fs::path, fs::path> folders;  // There are few of them.
  std::vector<std::optional<std::string>> keys;
  keys.reserve(files.size());
  for (const fs::path& file : files) {
    const auto [folder, is_new] = folders.try_emplace(file.parent_path());
    if (is_new) folder->second = real_path(folder->first);
    const std::string real = (folder->second / file.filename()).string();
    std::error_code ignored;
    const bool is_one = real.starts_with(root) && !fs::is_symlink(real, ignored);
    keys.push_back(is_one ? std::optional(real.substr(root.size())) : std::nullopt);
  }
  return keys;
}

Task<Uri> co_real_root(Storage& storage) {
  Uri root = storage.providers().active()->root();
  return co_real(storage, std::move(root));
}

Task<std::optional<std::string>> co_key_in_store(Storage& storage, Uri uri, Uri real_root) {
  std::optional<std::string> key;
  const Uri root = storage.providers().active()->root();
  if (uri.is_below(root)) {
    key = uri.key_below(root);
  } else if (uri.scheme() == "file") {
    const Uri real = co_await co_real(storage, std::move(uri));
    if (real.is_below(real_root)) key = real.key_below(real_root);
  }
  co_return key;
}

Task<> co_name_in_store(Storage& storage, std::vector<Uri*> uris) {
  if (!storage.providers().active()) co_return;
  const Uri root = storage.providers().active()->root();
  if (root.scheme() != "file") co_return;
  std::erase_if(uris, [&root](const Uri* uri) { return uri->scheme() != "file" || uri->is_below(root); });
  if (uris.empty()) co_return;
  std::vector<fs::path> paths;
  paths.reserve(uris.size());
  for (const Uri* uri : uris) paths.emplace_back(uri->path());
  auto find = [paths = std::move(paths), store = fs::path(root.path())] { return keys_in(store, paths); };
  const std::vector<std::optional<std::string>> keys = co_await storage.runtime().helpers().co_run(std::move(find));
  for (std::size_t i = 0; i < uris.size(); ++i) {
    if (keys[i]) *uris[i] = root.join(*keys[i]);
  }
}

}  // namespace coffer
