#include <algorithm>
#include <charconv>
#include <limits>

#include <coffer/base/byte_range.hpp>

namespace coffer {
namespace {

constexpr std::string_view range_forms = R"(write "0-99" (both included), "100-" (to the end) or "-50" (the last 50))";
constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

Error bad_range(std::string_view why) {
  return {ErrorKind::invalid_argument, std::string("byte range: ").append(why).append("; ").append(range_forms)};
}

Result<std::uint64_t> parse_number(std::string_view digits, std::string_view name) {
  std::uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, code] = std::from_chars(digits.data(), end, number);
  if (code == std::errc::result_out_of_range) return bad_range(std::string(name).append(" is larger than any object"));
  if (code != std::errc() || stop != end) return bad_range(std::string(name).append(" is not a number"));
  return number;
}

}  // namespace

ByteRange ByteRange::from(std::uint64_t offset) {
  ByteRange range;
  range.kind_ = Kind::from;
  range.first_ = offset;
  return range;
}

ByteRange ByteRange::of(std::uint64_t offset, std::uint64_t length) {
  ByteRange range;
  range.kind_ = Kind::bounded;
  range.first_ = offset;
  range.length_ = length;
  return range;
}

ByteRange ByteRange::last(std::uint64_t length) {
  ByteRange range;
  range.kind_ = Kind::suffix;
  range.length_ = length;
  return range;
}

Result<ByteRange> ByteRange::parse(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (text.empty()) return bad_range("it is empty");
  if (dash == std::string_view::npos) return bad_range("there is no '-'");
  const std::string_view before = text.substr(0, dash);
  const std::string_view after = text.substr(dash + 1);
  if (before.empty() && after.empty()) return bad_range("there is no number");

  if (before.empty()) {
    const Result<std::uint64_t> length = parse_number(after, "the number of last bytes");
    if (!length) return length.error();
    return last(*length);
  }
  const Result<std::uint64_t> first = parse_number(before, "the first byte");
  if (!first) return first.error();
  if (after.empty()) return from(*first);
  const Result<std::uint64_t> end = parse_number(after, "the last byte");
  if (!end) return end.error();
  if (*end < *first) return bad_range("the last byte comes before the first");
  // 2^64 bytes are more than a length can say, and no object has as many: it goes to the end.
  if (*first == 0 && *end == largest) return from(0);
  return of(*first, *end - *first + 1);
}

std::optional<std::uint64_t> ByteRange::offset() const noexcept {
  if (is_suffix()) return std::nullopt;
  return first_;
}

std::optional<std::uint64_t> ByteRange::length() const noexcept {
  if (kind_ == Kind::bounded || kind_ == Kind::suffix) return length_;
  return std::nullopt;
}

Result<Extent> ByteRange::within(std::uint64_t size) const {
  if (is_whole()) return Extent{0, size};
  const bool asks_for_none = length() == std::uint64_t{0};
  const std::uint64_t start = is_suffix() ? size - std::min(length_, size) : first_;
  if (asks_for_none || start >= size) {
    std::string message = text();
    message += asks_for_none ? ": no byte is asked for" : ": it starts at or past the end";
    message.append("; the object has ").append(std::to_string(size)).append(" bytes");
    return Error(ErrorKind::range_not_satisfiable, std::move(message));
  }
  return Extent{start, std::min(length().value_or(largest), size - start)};
}

std::string ByteRange::text() const {
  switch (kind_) {
    case Kind::whole:
      return "whole";
    case Kind::from:
      return "bytes " + std::to_string(first_) + "-";
    case Kind::suffix:
      return "last " + std::to_string(length_) + " bytes";
    case Kind::bounded:
      break;
  }
  if (length_ == 0) return "0 bytes at " + std::to_string(first_);
  const std::uint64_t to_last = std::min(length_ - 1, largest - first_);
  return "bytes " + std::to_string(first_) + "-" + std::to_string(first_ + to_last);
}

}  // namespace coffer
