#include "base/uri_check.hpp"

#include <algorithm>
#include <string>

#include <boost/url/grammar/alnum_chars.hpp>
#include <boost/url/grammar/alpha_chars.hpp>
#include <boost/url/grammar/hexdig_chars.hpp>
#include <boost/url/grammar/lut_chars.hpp>
#include <boost/url/rfc/gen_delim_chars.hpp>
#include <boost/url/rfc/sub_delim_chars.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

namespace coffer {
namespace {

namespace urls = boost::urls;

std::string encoded(char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  return {'%', digits[byte >> 4U], digits[byte & 0xfU]};
}

/// What to call a character that no URI may have.
std::string name_of(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (c == ' ') return "a space";
  if (byte < 0x20U || byte == 0x7fU) return "a control character";
  if (byte >= 0x80U) return "a byte that is not ASCII";
  return {'\'', c, '\''};
}

bool begins_with_folded(std::string_view text, std::string_view lower) {
  const auto folded = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return text.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), text.begin(), [&](char l, char t) { return l == folded(t); });
}

std::optional<Error> check_scheme(std::string_view text) {
  constexpr auto scheme_chars = urls::grammar::alnum_chars + urls::grammar::lut_chars("+-.");
  std::size_t end = 0;
  while (end < text.size() && scheme_chars(text[end])) ++end;
  if (end == 0 || end == text.size() || text[end] != ':' || !urls::grammar::alpha_chars(text[0])) {
    return bad_uri(
        "there is no scheme; a URI begins with one, such as s3://, and that of a file is file:// and its absolute path",
        0);
  }
  if (!text.substr(end + 1).starts_with('/')) {
    return bad_uri("after the scheme comes \"//\", the store's name where it has one, and a path that begins with '/'",
                   end + 1);
  }
  return std::nullopt;
}

/// The '%' at `index` and what follows it.
std::optional<Error> check_escape(std::string_view text, std::size_t index, bool is_file) {
  const std::string_view digits = text.substr(index + 1, 2);
  if (digits.size() < 2 || !urls::grammar::hexdig_chars(digits[0]) || !urls::grammar::hexdig_chars(digits[1])) {
    return bad_uri("two hexadecimal digits must follow '%'; write a '%' of the name itself as %25", index);
  }
  if (digits == "00") return bad_uri("%00 is a NUL byte, which no name can have", index);
  if (is_file && begins_with_folded(digits, "2f")) {
    return bad_uri("%2F in a file URI would name another file, for no file's name has a '/'; write '/' between folders",
                   index);
  }
  return std::nullopt;
}

}  // namespace

Error bad_uri(std::string_view why, std::size_t index) {
  std::string message = "not a URI that Coffer can use, column ";
  message.append(std::to_string(index + 1)).append(": ").append(why);
  return {ErrorKind::invalid_argument, std::move(message)};
}

std::optional<Error> check_uri_text(std::string_view text) {
  // Not Boost's reserved_chars: in 1.81 these are all that are not unreserved.
  constexpr auto allowed = urls::unreserved_chars + urls::gen_delim_chars + urls::sub_delim_chars;
  if (text.empty()) return Error(ErrorKind::invalid_argument, "a URI is needed, and the text is empty");
  if (auto bad = check_scheme(text)) return bad;
  const bool is_file = begins_with_folded(text, "file:");
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (auto bad = check_escape(text, i, is_file)) return bad;
    } else if (c == '\0') {
      return bad_uri("a NUL byte, which no name can have", i);
    } else if (c == '#') {
      return bad_uri(
          "a URI with a fragment does not name an object: leave off what stands from # on; a # of the name itself is "
          "%23",
          i);
    } else if (c == '?' && is_file) {
      return bad_uri("a file URI has no query; write a '?' of the name itself as %3F", i);
    } else if (!allowed(c)) {
      return bad_uri(name_of(c).append(" is not allowed; write it as ").append(encoded(c)), i);
    }
  }
  return std::nullopt;
}

}  // namespace coffer
