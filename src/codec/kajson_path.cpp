#include <algorithm>

#include <coffer/base/error.hpp>
#include <coffer/codec/kajson_path.hpp>

#include "codec/json_strings.hpp"

namespace coffer {
namespace {

bool is_plain(std::string_view name) {
  const auto plain = [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return !name.empty() && std::ranges::all_of(name, plain);
}

}  // namespace

std::string KajsonPath::text() const {
  if (above_ == nullptr) return "";
  std::string text = above_->text();
  if (name_.data() == nullptr) return text + "[" + std::to_string(index_) + "]";
  constexpr std::size_t most = 64;
  if (name_.size() > most) return text + "[…]";
  if (!is_plain(name_)) {
    text += "[\"";
    append_ascii_text(name_, text);
    return text + "\"]";
  }
  return text + (text.empty() ? "" : ".") + std::string(name_);
}

void KajsonPath::refuse(SourcePlace place, const std::string& why) const {
  const std::string path = text();
  throw Error(ErrorKind::invalid_argument, place_text(place) + ": " + path + (path.empty() ? "" : ": ") + why);
}

void KajsonPath::refuse(const std::string& why) const {
  const std::string path = text();
  throw Error(ErrorKind::invalid_argument, path + (path.empty() ? "" : ": ") + why);
}

}  // namespace coffer
