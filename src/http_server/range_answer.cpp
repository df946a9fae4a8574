#include "http_server/range_answer.hpp"

#include <algorithm>

namespace coffer {
namespace {

std::string_view reason(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 206:
      return "Partial Content";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 416:
      return "Range Not Satisfiable";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Internal Server Error";
  }
}

std::string status_line(unsigned status) {
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason(status)) + "\r\n";
}

std::string connection_line(bool keep_alive) { return keep_alive ? "" : "Connection: close\r\n"; }

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_unit_bytes(std::string_view unit) {
  constexpr std::string_view bytes = "bytes";
  return std::ranges::equal(unit, bytes, {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
}

RangeAnswer answer_unknown_size(const RangeRequest& request, const ResourceFacts& facts) {
  RangeAnswer answer;
  answer.status = 200;
  answer.has_body = request.method == "GET";
  answer.chunked = !request.is_http_1_0;
  // HTTP/1.0 has no chunks: the end of the connection is the end of the body.
  answer.keep_alive = request.keep_alive && answer.chunked;
  answer.head = status_line(200) + "Content-Type: " + facts.content_type + "\r\n" +
                (answer.chunked ? "Transfer-Encoding: chunked\r\n" : "") + connection_line(answer.keep_alive) + "\r\n";
  return answer;
}

}  // namespace

std::optional<std::string> name_in_target(std::string_view target, std::string_view secret) {
  target = target.substr(0, target.find('?'));
  if (target.size() <= secret.size() + 2 || target[0] != '/' || target[secret.size() + 1] != '/') return std::nullopt;
  unsigned differences = 0;
  for (std::size_t i = 0; i < secret.size(); ++i) {
    differences |= static_cast<unsigned char>(target[i + 1]) ^ static_cast<unsigned char>(secret[i]);
  }
  if (differences != 0) return std::nullopt;
  return std::string(target.substr(secret.size() + 2));
}

std::optional<ByteRange> parse_range_header(std::string_view value) {
  const std::size_t equals = value.find('=');
  if (equals == std::string_view::npos || !is_unit_bytes(trimmed(value.substr(0, equals)))) return std::nullopt;
  const Result<ByteRange> range = ByteRange::parse(trimmed(value.substr(equals + 1)));
  if (!range) return std::nullopt;
  return *range;
}

RangeAnswer answer_resource(const RangeRequest& request, const ResourceFacts& facts) {
  if (!facts.size) return answer_unknown_size(request, facts);
  RangeAnswer answer;
  answer.keep_alive = request.keep_alive;
  const std::string total = std::to_string(*facts.size);
  // Ranges are for GET: HEAD tells of the whole.
  const std::optional<ByteRange> range =
      request.method == "GET" && request.range ? parse_range_header(*request.range) : std::nullopt;
  std::string headers = "Content-Type: " + facts.content_type + "\r\nAccept-Ranges: bytes\r\n";
  if (!range) {
    answer.status = 200;
    answer.extent = Extent{0, *facts.size};
  } else if (const Result<Extent> extent = range->within(*facts.size)) {
    answer.status = 206;
    answer.extent = *extent;
    headers += "Content-Range: bytes " + std::to_string(extent->offset) + "-" + std::to_string(extent->end() - 1) +
               "/" + total + "\r\n";
  } else {
    answer.status = 416;
    headers = "Content-Range: bytes */" + total + "\r\n";
  }
  answer.has_body = request.method == "GET" && answer.extent && answer.extent->length > 0;
  const std::uint64_t length = answer.extent ? answer.extent->length : 0;
  answer.head = status_line(answer.status) + headers + "Content-Length: " + std::to_string(length) + "\r\n" +
                connection_line(answer.keep_alive) + "\r\n";
  return answer;
}

RangeAnswer answer_status(unsigned status, bool keep_alive) {
  RangeAnswer answer;
  answer.status = status;
  answer.keep_alive = keep_alive;
  answer.head = status_line(status) + (status == 405 ? "Allow: GET, HEAD\r\n" : "") + "Content-Length: 0\r\n" +
                connection_line(keep_alive) + "\r\n";
  return answer;
}

}  // namespace coffer
