#include "pipe/pipeline_members.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <coffer/base/duration_text.hpp>
#include <coffer/base/result.hpp>
#include <coffer/pipe/pipeline.hpp>

namespace coffer {

std::string member_path(const std::string& parent, std::string_view name) {
  return parent.empty() ? std::string(name) : parent + "." + std::string(name);
}

std::string element_path(const std::string& parent, std::size_t index) {
  return parent + "[" + std::to_string(index) + "]";
}

void refuse(SourcePlace place, const std::string& path, const std::string& why) {
  throw Error(ErrorKind::invalid_argument,
              place_text(place) + ": " + (path.empty() ? "the document" : path) + ": " + why);
}

void expect(const JsonNode& node, JsonNode::Kind kind, const std::string& path) {
  if (node.kind == kind) return;
  refuse(node.place, path, "must be " + std::string(to_string(kind)) + ", is " + std::string(to_string(node.kind)));
}

Members::Members(const JsonNode& node, std::string path) : node_(node), path_(std::move(path)) {
  expect(node, JsonNode::Kind::object, path_);
}

const JsonNode* Members::find(const std::string& name) {
  known_.push_back(name);
  const auto found = std::ranges::find(node_.children, name, &JsonNode::name);
  return found == node_.children.end() ? nullptr : &*found;
}

const JsonNode& Members::need(const std::string& name) {
  const JsonNode* found = find(name);
  if (found == nullptr) {
    refuse_misspelt(name);
    refuse(node_.place, path_, "the member '" + name + "' is missing");
  }
  return *found;
}

void Members::refuse_misspelt(const std::string& missing) const {
  for (const JsonNode& member : node_.children) {
    const std::string hint = did_you_mean(member.name, std::span(&missing, 1));
    if (!hint.empty()) refuse(member.name_place, path(member.name), "unknown member" + hint);
  }
}

void Members::finish() const {
  for (const JsonNode& member : node_.children) {
    if (std::ranges::find(known_, member.name) != known_.end()) continue;
    refuse(member.name_place, path(member.name), "unknown member" + did_you_mean(member.name, known_));
  }
}

std::string read_name(std::string_view text, SourcePlace place, const std::string& path) {
  if (!is_pipeline_name(text)) {
    refuse(place, path, "not a name: a letter or '_', then letters, digits, '_' and '-', at most 64 in all");
  }
  return std::string(text);
}

std::string read_qualified_name(std::string_view text, SourcePlace place, const std::string& path) {
  return is_qualified_name(text) && text.find('/') != std::string_view::npos ? std::string(text)
                                                                             : read_name(text, place, path);
}

std::string read_name_member(Members& members, const std::string& name) {
  const JsonNode& node = members.need(name);
  expect(node, JsonNode::Kind::string, members.path(name));
  return read_name(node.text, node.place, members.path(name));
}

std::string read_qualified_member(Members& members, const std::string& name) {
  const JsonNode& node = members.need(name);
  expect(node, JsonNode::Kind::string, members.path(name));
  return read_qualified_name(node.text, node.place, members.path(name));
}

std::string read_type(const JsonNode* node, const std::string& path) {
  if (node == nullptr) return "";
  expect(*node, JsonNode::Kind::string, path);
  if (!is_media_type(node->text)) refuse(node->place, path, "not a media type such as \"video/mp4\"");
  return node->text;
}

std::size_t read_count(const JsonNode& node, const std::string& path, std::size_t most) {
  expect(node, JsonNode::Kind::number, path);
  if (!(node.number >= 1) || node.number > static_cast<double>(most) || node.number != std::floor(node.number))
    refuse(node.place, path, "must be a whole number from 1 to " + std::to_string(most));
  return static_cast<std::size_t>(node.number);
}

std::chrono::milliseconds read_duration(const JsonNode& node, const std::string& path) {
  expect(node, JsonNode::Kind::string, path);
  const Result<std::chrono::milliseconds> duration = parse_duration(node.text);
  if (!duration) refuse(node.place, path, duration.error().message());
  return *duration;
}

}  // namespace coffer
