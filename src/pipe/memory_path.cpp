#include "pipe/memory_path.hpp"

#include "codec/json_strings.hpp"

namespace coffer {
namespace {

/// As it is written. No name that has a meaning is so long.
constexpr std::size_t longest_name = 1024;

}  // namespace

void MemoryPath::step(const JsonPart& part, std::size_t depth) {
  using Kind = JsonPart::Kind;
  depth_ = depth;
  switch (part.kind) {
    case Kind::object_begin:
    case Kind::array_begin:
      name_.clear();
      if (depth <= levels) {
        is_object_[depth - 1] = part.kind == Kind::object_begin;
        names_[depth - 1].clear();
      }
      if (depth == 2 && is_object_[0] && is_object_[1] && names_[0] == "root") has_root_ = true;
      break;
    case Kind::object_end:
    case Kind::array_end:
      name_.clear();
      break;
    case Kind::name_begin:
      raw_name_.clear();
      name_is_cut_ = false;
      break;
    case Kind::name:
      name_is_cut_ |= part.text.size() > longest_name - raw_name_.size();
      raw_name_ += part.text.substr(0, longest_name - raw_name_.size());
      break;
    case Kind::name_end:
      name_ended();
      break;
    default:
      break;
  }
}

bool MemoryPath::in_content() const noexcept {
  return depth_ >= levels && in_root() && is_object_[2] && names_[2] == "content";
}

void MemoryPath::name_ended() {
  if (name_is_cut_) raw_name_.resize(raw_name_.size() - cut_json_string(raw_name_));
  name_ = decode_json_string(raw_name_);
  if (name_is_cut_) name_ += "…";
  if (depth_ <= levels) names_[depth_ - 1] = name_;
}

Error no_working_memory() {
  return {ErrorKind::invalid_argument,
          "this is no working memory: it has no member root with the stuffs by their names"};
}

}  // namespace coffer
