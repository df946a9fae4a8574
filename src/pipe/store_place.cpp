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
  // By their folders, of which there are few: an object itself is never a link.
  std::map<std::string, std::string> folders;
  for (const Uri* uri : uris) folders.emplace(fs::path(uri->path()).parent_path(), "");
  auto resolve = [folders = std::move(folders)]() mutable {
    for (auto& [folder, real] : folders) real = real_path(folder).string();
    return std::move(folders);
  };
  const std::map<std::string, std::string> real = co_await storage.runtime().helpers().co_run(std::move(resolve));
  const Uri real_root = co_await co_real_root(storage);
  for (Uri* uri : uris) {
    const fs::path path = uri->path();
    const Result<Uri> there = Uri::of_file((fs::path(real.at(path.parent_path())) / path.filename()).string());
    if (there && there->is_below(real_root)) *uri = root.join(there->key_below(real_root));
  }
}

}  // namespace coffer
