// What must hold for any text as a URI, as a key, and as a byte range.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string_view>

#include <coffer/base/byte_range.hpp>
#include <coffer/base/uri.hpp>

namespace coffer {
namespace {

void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", property);
  std::abort();
}

void check_join(const Uri& root, std::string_view key) {
  if (key.find('\0') != std::string_view::npos) {
    try {
      (void)root.join(key);
    } catch (const Error&) {
      return;
    }
    require(false, "a key with a NUL byte is refused");
  }
  const Uri child = root.join(key);
  require(child.is_below(root), "a child is below its root");
  require(child.key_below(root) == key, "key_below undoes join");
  const Result<Uri> again = Uri::parse(child.raw());
  require(again.has_value(), "a child's raw text is a URI");
  require(*again == child && again->path() == child.path() && again->authority() == child.authority(),
          "a child read again is the same child");
}

/// Both as a URI and, where it is one, as a root for `key`.
void check_uri(std::string_view text, std::string_view key) {
  const Result<Uri> uri = Uri::parse(text);
  if (!uri) {
    require(uri.error().kind() == ErrorKind::invalid_argument, "a bad URI is an invalid argument");
    require(!uri.error().message().empty(), "a refusal says why");
    return;
  }
  const Result<Uri> again = Uri::parse(uri->raw());
  require(again.has_value() && *again == *uri, "raw() is read as the same URI");
  require(again->scheme() == uri->scheme() && again->authority() == uri->authority() && again->path() == uri->path(),
          "raw() has the same parts");
  require(uri->path().starts_with('/'), "a path begins with '/'");
  require(uri->path().find('\0') == std::string::npos, "a path has no NUL byte");
  require(uri->authority().find('@') == std::string::npos, "the authority has no userinfo");

  const Result<Uri> shown = Uri::parse(uri->text());
  require(shown.has_value() && shown->text() == uri->text(), "text() is read as what it shows");
  require(shown->path() == uri->path() && shown->authority() == uri->authority(), "text() hides no path and no host");
  if (uri->scheme() == "file") require(Uri::of_file(uri->path()).value() == *uri, "a file has one text");
  check_join(*uri, key);
}

void check_range(std::string_view text) {
  constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
  const Result<ByteRange> range = ByteRange::parse(text);
  if (!range) return;
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, largest - 1, largest}) {
    const Result<Extent> extent = range->within(size);
    if (!extent) {
      require(extent.error().kind() == ErrorKind::range_not_satisfiable,
              "a range that does not fit is not satisfiable");
      continue;
    }
    require(extent->length > 0 && extent->offset < size, "an extent has bytes of the object");
    require(extent->length <= size - extent->offset, "an extent ends within the object");
    if (range->length()) require(extent->length <= *range->length(), "no more bytes than were asked for");
    if (range->offset()) require(extent->offset == *range->offset(), "it starts where it was asked to");
  }
}

}  // namespace
}  // namespace coffer

/// The first line is a URI and a range, all that follows it a key.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line_end = input.find('\n');
  const std::string_view line = input.substr(0, line_end);
  const std::string_view rest = line_end == std::string_view::npos ? std::string_view() : input.substr(line_end + 1);
  coffer::check_range(line);
  coffer::check_uri(line, rest);
  coffer::check_uri(input, rest);  // With its line ends, which no URI has.
  coffer::check_join(coffer::Uri("mem://store"), input);
  if (const auto file = coffer::Uri::of_file(line)) coffer::check_uri(file->raw(), rest);
  return 0;
}
