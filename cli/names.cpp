#include "cli/names.hpp"

#include <algorithm>
#include <cctype>

#include <coffer/app/open_storage.hpp>

#include "cli/columns.hpp"
#include "cli/text.hpp"

namespace coffer::cli {
namespace {

// Bytes of a path, and of a file's name.
constexpr std::size_t longest_name = 4095;
constexpr std::size_t longest_segment = 255;
// Columns.
constexpr std::size_t shown_of_long = 60;

Error bad_name(const std::string& text, const std::string& message) {
  return Error(ErrorKind::invalid_argument, "“" + printable(text) + "” " + message);
}

bool looks_like_path(std::string_view text) {
  return text.starts_with('/') || text.starts_with("./") || text.starts_with("../") || text.starts_with("~/") ||
         text == "." || text == "..";
}

void refuse_path(const std::string& text) {
  if (!looks_like_path(text)) return;
  std::string message = "is a path, and here stands an object's key or URI: ";
  message += text.starts_with('/') ? "file://" + percent_encode_path(text) + " is that file"
                                   : "write file:// and its absolute path";
  throw bad_name(text, message);
}

/// What no file system can hold.
void refuse_long_name(const std::string& name) {
  if (name.size() > longest_name) {
    throw bad_name(shorten(name, shown_of_long), "is a name of " + std::to_string(name.size()) + " bytes; at most " +
                                                     std::to_string(longest_name) + " are possible");
  }
  for (std::size_t begin = 0; begin < name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    if (end - begin > longest_segment) {
      throw bad_name(shorten(name.substr(begin, end - begin), shown_of_long),
                     "is a part of " + std::to_string(end - begin) + " bytes; at most " +
                         std::to_string(longest_segment) + " are possible between two '/'");
    }
    begin = end + 1;
  }
}

/// Of the schemes that a store here can have: "s3:/a" may be a key.
bool lacks_a_slash(std::string_view text) {
  const bool has_scheme = text.starts_with("file:/") || text.starts_with("mem:/");
  return has_scheme && !text.substr(text.find('/')).starts_with("//");
}

Uri parse_uri(const std::string& text) {
  refuse_half_uri(text);
  Result<Uri> uri = Uri::parse(text);
  if (uri && uri->scheme() != "file" && uri->scheme() != "mem") {
    throw bad_name(uri->text(), "is in no store: there are stores for file:// and mem:// only");
  }
  if (uri) return *uri;
  // What is no URI cannot be told apart into secret and other parts.
  const bool may_hold_secrets = text.find_first_of("@?") != std::string::npos;
  if (may_hold_secrets) throw uri.error();
  throw bad_name(text, "cannot be read: " + uri.error().message());
}

}  // namespace

void refuse_half_uri(const std::string& text) {
  if (!lacks_a_slash(text)) return;
  const std::string scheme = text.substr(0, text.find('/'));
  throw bad_name(text, "is no whole URI: write " + scheme + (scheme == "file:" ? "//" : "/") +
                           printable(text.substr(scheme.size())));
}

bool looks_like_uri(std::string_view text) {
  if (lacks_a_slash(text)) return true;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return false;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.'; });
}

Uri object_named(const std::string& text, const Uri& store) {
  if (text.empty()) throw bad_name(text, "names no object: give a key or a URI");
  if (text == "-") {
    throw bad_name(text, "names no object: it stands for standard input or output where a FILE is wanted");
  }
  Uri uri = prefix_named(text, store);
  if (uri.scheme() == "file") refuse_long_name(uri.is_below(store) ? uri.key_below(store) : uri.path());
  return uri;
}

Uri prefix_named(const std::string& text, const Uri& store) {
  if (looks_like_uri(text)) return uri_in_store(parse_uri(text), store);
  refuse_path(text);
  return store.join(text);
}

Error nothing_begins_so(const std::string& verb, const Uri& prefix) {
  return Error(ErrorKind::not_found, "no object's name begins so").during(verb).about(prefix.text());
}

std::string shown_name(const Uri& uri, const Uri& store, bool as_uri) {
  if (as_uri || !uri.is_below(store)) return uri.text();
  return printable(uri.key_below(store));
}

std::string last_name(const Uri& uri) {
  const std::string& path = uri.path();
  const std::size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") {
    throw Error(ErrorKind::invalid_argument, "its name ends in no file name: say which FILE to write")
        .during("get")
        .about(uri.text());
  }
  return name;
}

std::vector<std::filesystem::path> files_outside(const std::vector<Uri>& typed, const Uri& store) {
  std::vector<std::filesystem::path> files;
  for (const Uri& uri : typed) {
    if (uri.scheme() != "file" || uri.is_below(store) || uri == store) continue;
    if (uri.authority().empty() || uri.authority() == "localhost") files.emplace_back(uri.path());
  }
  return files;
}

}  // namespace coffer::cli
