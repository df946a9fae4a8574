#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <coffer/base/error.hpp>

#include "codec/json_scanner.hpp"

namespace coffer {

/// Where in a working memory's text the scanner is: {"root": {STUFF: {"content": …, MEMBER: …}}, MEMBER: …}.
class MemoryPath {
 public:
  /// Takes the part that the scanner gave; `depth` is the scanner's, behind it.
  void step(const JsonPart& part, std::size_t depth);

  /// Whether the next value is a stuff's content or lies in one.
  bool in_content() const noexcept;
  /// Whether the next value is that of one of the root's members: a stuff.
  bool at_stuff() const noexcept { return depth_ == 2 && in_root(); }
  /// Whether the next value lies in a stuff, outside its content.
  bool in_stuff() const noexcept { return depth_ >= 3 && in_root() && is_object_[2] && !in_content(); }
  /// Whether there was a member root.
  bool has_root() const noexcept { return has_root_; }
  /// What lists and objects the next value lies in.
  std::size_t depth() const noexcept { return depth_; }

  // Names of more than 1 KiB, as they are written, are cut and end in "…".

  /// The name of the stuff that the next value is or lies in.
  const std::string& stuff() const noexcept { return names_[1]; }
  /// The document's member that the next value is or lies in.
  const std::string& section() const noexcept { return names_[0]; }
  /// The stuff's member that the next value is or lies in.
  const std::string& stuff_member() const noexcept { return names_[2]; }
  /// The name in front of the next value; empty in a list.
  const std::string& name() const noexcept { return name_; }

 private:
  bool in_root() const noexcept { return is_object_[0] && is_object_[1] && names_[0] == "root"; }
  void name_ended();

  static constexpr std::size_t levels = 3;
  std::array<bool, levels> is_object_{};
  std::array<std::string, levels> names_;
  std::size_t depth_ = 0;
  std::string raw_name_;
  bool name_is_cut_ = false;
  std::string name_;
  bool has_root_ = false;
};

/// Of a document without a member root.
Error no_working_memory();

}  // namespace coffer
