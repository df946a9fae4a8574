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

Task<> co_name_in_store(Storage& storage, std::vector<ListElement>& elements) {
  if (!storage.providers().active()) co_return;
  const Uri root = storage.providers().active()->root();
  if (root.scheme() != "file") co_return;
  // By their folders, of which there are few: an object itself is never a link.
  std::map<std::string, std::string> folders;
  for (const ListElement& element : elements) {
    const Uri& uri = element.stored.uri;
    if (uri.scheme() == "file" && !uri.is_below(root)) folders.emplace(fs::path(uri.path()).parent_path(), "");
  }
  if (folders.empty()) co_return;
  auto resolve = [folders = std::move(folders)]() mutable {
    for (auto& [folder, real] : folders) real = real_path(folder).string();
    return std::move(folders);
  };
  const auto real_folders = co_await storage.runtime().helpers().co_run(std::move(resolve));
  const Uri real_root = co_await co_real_root(storage);
  for (ListElement& element : elements) {
    Uri& uri = element.stored.uri;
    const fs::path path = uri.path();
    const auto folder = real_folders.find(path.parent_path());
    if (uri.scheme() != "file" || uri.is_below(root) || folder == real_folders.end()) continue;
    const Result<Uri> real = Uri::of_file((fs::path(folder->second) / path.filename()).string());
    if (real && real->is_below(real_root)) uri = root.join(real->key_below(real_root));
  }
}

}  // namespace coffer
