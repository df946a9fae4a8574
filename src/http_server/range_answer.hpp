#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <coffer/base/byte_range.hpp>

namespace coffer {

/// What matters of a request's head.
struct RangeRequest {
  std::string method;
  std::string target;
  /// The header Range, as it was sent; nothing where it was not.
  std::optional<std::string> range;
  bool is_http_1_0 = false;
  bool keep_alive = true;
};

/// What is served under the name that was asked for.
struct ResourceFacts {
  std::string content_type;
  std::optional<std::uint64_t> size;
};

/// What to answer: the whole head, and which bytes follow it.
struct RangeAnswer {
  unsigned status = 0;
  std::string head;
  /// Whether bytes of the resource follow: `extent` of them, or all to its end where it has none.
  bool has_body = false;
  std::optional<Extent> extent;
  bool chunked = false;
  /// Whether the connection goes on behind it.
  bool keep_alive = false;
};

/// The name in "/secret/name?query", in a time that does not tell how much of the secret is right; nothing where it is
/// wrong.
std::optional<std::string> name_in_target(std::string_view target, std::string_view secret);

/// The one range of the header; nothing where it is to be ignored, as HTTP wants of what is malformed or of another
/// unit, and allows for several ranges.
std::optional<ByteRange> parse_range_header(std::string_view value);

/// 200 or 206 or 416. Ranges are offered only where the total is known: claiming them without it lets programs cut
/// their input short and exit with 0.
RangeAnswer answer_resource(const RangeRequest& request, const ResourceFacts& facts);

/// An answer without a body: 400, 404, 405, 431, 500.
RangeAnswer answer_status(unsigned status, bool keep_alive);

}  // namespace coffer
