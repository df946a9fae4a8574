#include "pipe/string_classifier.hpp"

#include <algorithm>

#include "pipe/data_url.hpp"

namespace coffer {
namespace {

/// Shorter words of a text may look like base64 by chance.
constexpr std::uint64_t shortest_base64 = 64;

constexpr bool is_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

void StringClassifier::add(std::string_view inside) {
  const std::size_t before = begin_.size();
  begin_.append(inside.substr(0, longest_reference + 1 - before));
  size_ += inside.size();
  if (data_begun_) {
    data_.add(inside);
  } else if (const auto type = data_url_type(begin_)) {
    data_begun_ = true;
    data_.add(inside.substr(data_url_head(*type) - before));
  }
  // What is base64 so far has nothing of what is looked for below.
  if (data_begun_ && data_.is_possible()) return;
  whole_.add(inside);
  escapes_.add(inside);
  has_spaces_or_escapes_ |= inside.find_first_of(" \\") != std::string_view::npos;
}

std::optional<ContentForm> StringClassifier::form() const {
  bool stays = size_ < inline_below_ || is_uri();
  if (size_ <= longest_reference) {
    const Result<std::optional<ContentReference>> reference = ContentReference::parse(decode_json_string(begin_));
    const bool is_one = reference && *reference;
    if (is_one && rules_.may_fetch((*reference)->uri)) return std::nullopt;
    // What only looks like one, or could not be brought back, is moved: so it comes back as what it was.
    if (is_one || !reference) stays = false;
  }
  if (stays) return std::nullopt;
  if (data_begun_ && data_.is_canonical()) return ContentForm::data_url;
  if (!data_begun_ && size_ >= shortest_base64 && whole_.is_canonical()) return ContentForm::base64;
  if (escapes_.are_ascii() && escapes_.is_unicode()) return ContentForm::text;
  return escapes_.are_few() ? ContentForm::utf8_text : ContentForm::value;
}

bool StringClassifier::is_uri() const noexcept {
  const std::size_t mark = begin_.find("://");
  if (has_spaces_or_escapes_ || mark == std::string::npos || mark == 0 || !is_alpha(begin_.front())) return false;
  const auto is_of_scheme = [](char c) {
    return is_alpha(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  return std::all_of(begin_.begin(), begin_.begin() + static_cast<std::ptrdiff_t>(mark), is_of_scheme);
}

}  // namespace coffer
