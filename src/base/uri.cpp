#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include <boost/url/encode.hpp>
#include <boost/url/grammar/parse.hpp>
#include <boost/url/rfc/pchars.hpp>
#include <boost/url/rfc/uri_rule.hpp>
#include <boost/url/url_view.hpp>
#include <coffer/base/uri.hpp>

#include "base/ascii.hpp"
#include "base/uri_check.hpp"

namespace coffer {
namespace {

namespace urls = boost::urls;

constexpr std::string_view authority_mark = "://";
constexpr std::string_view stray_text = "this does not belong here";

std::string_view view_of(urls::string_view text) { return {text.data(), text.size()}; }

/// Where a part of `text` begins.
std::size_t place_in(std::string_view text, urls::string_view part) {
  return static_cast<std::size_t>(part.data() - text.data());
}

/// Boost.URL 1.81 lets pass a port that is too large, and a path without '/' after an authority ("http://host:port").
std::optional<Error> check_after_host(std::string_view text, const urls::url_view& parts) {
  const urls::string_view path = parts.encoded_path();
  if (!path.empty() && path.front() != '/') return bad_uri(stray_text, place_in(text, path));
  const urls::string_view port = parts.port();
  std::uint16_t number = 0;
  if (!port.empty() && std::from_chars(port.data(), port.data() + port.size(), number).ec != std::errc()) {
    return bad_uri("a port is at most 65535", place_in(text, port));
  }
  return std::nullopt;
}

/// The parts of `text`, which check_uri_text() has let pass. The view looks into `text`.
Result<urls::url_view> parse_parts(std::string_view text) {
  const char* place = text.data();
  const char* const end = text.data() + text.size();
  const auto parts = urls::grammar::parse(place, end, urls::uri_rule);
  if (!parts || place != end) {
    return bad_uri(stray_text, static_cast<std::size_t>(place - text.data()));
  }
  if (const std::optional<Error> bad = check_after_host(text, *parts)) return *bad;
  return *parts;
}

/// Host and port as they were written, without userinfo.
std::string authority_of(const urls::url_view& parts) {
  std::string authority(view_of(parts.encoded_host()));
  if (parts.has_port() && !parts.port().empty()) authority.append(":").append(view_of(parts.port()));
  return authority;
}

/// "token=abc&n=1" -> "token=***&n=***". A part without '=' may be a secret itself.
std::string hide_values(std::string_view query) {
  std::string hidden;
  for (bool more = true; more;) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view part = query.substr(0, end);
    const std::size_t equals = part.find('=');
    if (equals != std::string_view::npos) hidden.append(part.substr(0, equals + 1));
    if (!part.empty()) hidden += "***";
    more = end < query.size();
    if (more) hidden += '&';
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return hidden;
}

/// Where the authority begins, also where it is empty.
std::size_t after_mark(std::string_view text) { return text.find(authority_mark) + authority_mark.size(); }

/// A root's path as its children begin with it.
std::string as_folder(const std::string& path) { return path.ends_with('/') ? path : path + '/'; }

}  // namespace

std::string percent_encode_path(std::string_view decoded) {
  constexpr auto allowed = urls::pchars + '/';
  return urls::encode(urls::string_view(decoded.data(), decoded.size()), allowed);
}

Uri::Uri(std::string_view text) : Uri(parse(text).value()) {}

Result<Uri> Uri::parse(std::string_view text) {
  if (const std::optional<Error> bad = check_uri_text(text)) return *bad;
  const Result<urls::url_view> checked = parse_parts(text);
  if (!checked) return checked.error();
  const urls::url_view& parts = *checked;

  Uri uri;
  uri.scheme_ = lower_case(view_of(parts.scheme()));
  if (uri.scheme_ == "file") {
    const std::string host = lower_case(view_of(parts.encoded_authority()));
    if (!host.empty() && host != "localhost") {
      return bad_uri("a file URI names no host; write file:/// with three '/' before an absolute path",
                     after_mark(text));
    }
    return of_file(parts.path());
  }
  uri.authority_ = authority_of(parts);
  uri.path_ = parts.path();
  if (uri.path_.empty()) uri.path_ = "/";
  uri.text_ = uri.scheme_;
  uri.text_.append(authority_mark).append(view_of(parts.encoded_authority())).append(view_of(parts.encoded_path()));
  if (parts.has_query()) uri.text_.append("?").append(view_of(parts.encoded_query()));
  return uri;
}

Result<Uri> Uri::of_file(std::string_view absolute_path) {
  if (!absolute_path.starts_with('/')) {
    return Error(ErrorKind::invalid_argument, "a file URI needs an absolute path, which begins with '/'");
  }
  if (absolute_path.find('\0') != std::string_view::npos) {
    return Error(ErrorKind::invalid_argument, "the path has a NUL byte, which no file name can have");
  }
  Uri uri;
  uri.scheme_ = "file";
  uri.path_ = absolute_path;
  uri.text_.append("file://").append(percent_encode_path(absolute_path));
  return uri;
}

Uri Uri::join(std::string_view key) const {
  if (empty()) throw Error(ErrorKind::invalid_argument, "an empty URI has no children");
  if (key.find('\0') != std::string_view::npos) {
    throw Error(ErrorKind::invalid_argument, "the key has a NUL byte, which no name can have").about(text());
  }
  const std::size_t path_end = std::min(text_.find('?'), text_.size());
  // "s3://bucket": the path is "/", the text does not show it.
  const bool path_is_written = text_.find('/', after_mark(text_)) < path_end;
  const bool slash_is_missing = !path_.ends_with('/') || !path_is_written;
  Uri child = *this;
  child.text_.insert(path_end, (slash_is_missing ? "/" : "") + percent_encode_path(key));
  child.path_ = as_folder(path_).append(key);
  return child;
}

bool Uri::is_below(const Uri& root) const {
  return !empty() && scheme_ == root.scheme_ && authority_ == root.authority_ &&
         path_.starts_with(as_folder(root.path_));
}

std::string Uri::key_below(const Uri& root) const {
  return is_below(root) ? path_.substr(as_folder(root.path_).size()) : std::string();
}

std::string Uri::text() const {
  if (empty()) return {};
  const std::string_view whole = text_;
  const std::size_t authority = after_mark(whole);
  const std::size_t authority_end = std::min(whole.find_first_of("/?", authority), whole.size());
  const std::size_t at = whole.substr(0, authority_end).rfind('@');
  const std::size_t query = whole.find('?');

  std::string shown(whole.substr(0, authority));
  std::size_t host = authority;
  if (at != std::string_view::npos) {
    shown += "***";
    host = at;
  }
  shown.append(whole.substr(host, std::min(query, whole.size()) - host));
  if (query != std::string_view::npos) shown.append("?").append(hide_values(whole.substr(query + 1)));
  return shown;
}

}  // namespace coffer
