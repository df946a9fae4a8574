#include "cli/list_arguments.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include <coffer/base/error.hpp>
#include <coffer/pipe/list.hpp>
#include <coffer/stream/pump.hpp>

#include "cli/file_target.hpp"
#include "cli/text.hpp"

namespace coffer::cli {

namespace fs = std::filesystem;

std::vector<Uri> files_of_list(const std::string& folder) {
  std::error_code code;
  const fs::path path = fs::absolute(folder, code);
  if (!fs::exists(path, code)) throw Error(ErrorKind::not_found, "there is no folder “" + printable(folder) + "”");
  if (!fs::is_directory(path, code)) {
    throw Error(ErrorKind::invalid_argument, "“" + printable(folder) + "” is no folder, and the input is a list");
  }
  std::vector<std::string> files;
  for (fs::directory_iterator entry(path, code), end; !code && entry != end; entry.increment(code)) {
    std::string name = entry->path().filename().native();
    std::error_code ignored;
    if (!name.starts_with('.') && entry->is_regular_file(ignored)) files.push_back(std::move(name));
  }
  if (code) throw Error::from_code(code, "reading the folder " + printable(folder));
  std::ranges::sort(files);
  std::vector<Uri> uris;
  uris.reserve(files.size());
  for (const std::string& name : files) uris.push_back(Uri::of_file((path / name).lexically_normal().native()).value());
  return uris;
}

Task<std::vector<Uri>> co_elements_of(Session& session, Uri list) {
  std::vector<Uri> uris;
  if (!list.path().ends_with('/')) {
    std::vector<ListElement> elements = co_await co_load_list(session.storage(), std::move(list));
    for (ListElement& element : elements) uris.push_back(std::move(element.stored.uri));
    co_return uris;
  }
  const ListerPtr lister = co_await session.storage().co_list(std::move(list), ListOptions().recursive(false));
  for (;;) {
    const std::vector<ListEntry> page = co_await lister->co_next();
    if (page.empty()) co_return uris;
    for (const ListEntry& entry : page) {
      if (!entry.is_prefix) uris.push_back(entry.info.uri);
    }
  }
}

Task<> co_write_list(Session& session, Uri list, fs::path folder) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) throw Error::from_code(code, "making the folder " + printable(folder.native()));
  const std::vector<ListElement> elements = co_await co_load_list(session.storage(), std::move(list));
  for (const ListElement& element : elements) {
    const FileTarget target((folder / list_file_name(element)).native(), "", true);
    SourcePtr source = co_await session.storage().co_open(element.stored.uri);
    SinkPtr sink = co_await target.co_open(session, source->info().size);
    co_await co_pump(*source, *sink);
    co_await sink->co_commit();
  }
}

}  // namespace coffer::cli
