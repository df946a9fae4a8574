#include "cli/list_arguments.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
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

namespace {

/// Whether an element of a list could have this name: "000001.png".
bool is_element_name(const std::string& name) {
  const std::size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
  return digits >= 6 && (digits == name.size() || name[digits] == '.') &&
         name.find('.', digits + 1) == std::string::npos;
}

/// What an earlier, longer list or one of another type has left in the folder. How many files.
std::size_t remove_other_elements(const fs::path& folder, const std::set<std::string>& kept) {
  std::vector<fs::path> old;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    const std::string name = entry->path().filename().native();
    std::error_code ignored;
    if (is_element_name(name) && !kept.contains(name) && entry->is_regular_file(ignored)) old.push_back(entry->path());
  }
  for (const fs::path& path : old) {
    if (!code) fs::remove(path, code);
  }
  if (code) throw Error::from_code(code, "removing the elements of an earlier list from " + printable(folder.native()));
  return old.size();
}

}  // namespace

Task<> co_write_list(Session& session, Uri list, fs::path folder) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) throw Error::from_code(code, "making the folder " + printable(folder.native()));
  const std::vector<ListElement> elements = co_await co_load_list(session.storage(), std::move(list));
  std::set<std::string> written;
  for (const ListElement& element : elements) {
    std::string name = list_file_name(element);
    const FileTarget target((folder / name).native(), "", true);
    written.insert(std::move(name));
    SourcePtr source = co_await session.storage().co_open(element.stored.uri);
    SinkPtr sink = co_await target.co_open(session, source->info().size);
    co_await co_pump(*source, *sink);
    co_await sink->co_commit();
  }
  const std::size_t removed = remove_other_elements(folder, written);
  if (removed == 0) co_return;
  session.console().note("removed " + std::to_string(removed) + (removed == 1 ? " element" : " elements") +
                         " of an earlier list from " + printable(folder.native()));
}

}  // namespace coffer::cli
