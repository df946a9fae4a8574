#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <coffer/base/did_you_mean.hpp>
#include <coffer/base/error.hpp>
#include <coffer/base/source_place.hpp>

#include "pipe/json_tree.hpp"

namespace coffer {

// How a pipeline file is read. What is wrong with it is thrown here and returned by parse_pipeline, which keeps the
// reader free of a check after each line.

/// The path of a member: "pipes[0].reads.video". Members of the document itself have only their name.
std::string member_path(const std::string& parent, std::string_view name);
std::string element_path(const std::string& parent, std::size_t index);

/// Throws Error{invalid_argument} that begins with the place and the path.
[[noreturn]] void refuse(SourcePlace place, const std::string& path, const std::string& why);
/// Refuses what is of another kind.
void expect(const JsonNode& node, JsonNode::Kind kind, const std::string& path);

/// The members of an object, each of which is asked for once; `finish` refuses those that nobody asked for.
class Members {
 public:
  /// The node outlives it.
  Members(const JsonNode& node, std::string path);

  /// Null where it is not there.
  const JsonNode* find(const std::string& name);
  const JsonNode& need(const std::string& name);
  /// Where this one is missing: refuses the member whose name is nearly the same.
  void refuse_misspelt(const std::string& missing) const;
  std::string path(const std::string& name) const { return member_path(path_, name); }
  void finish() const;

 private:
  const JsonNode& node_;
  std::string path_;
  std::vector<std::string> known_;
};

std::string read_name(std::string_view text, SourcePlace place, const std::string& path);
/// Also of what comes of a pipeline inside another.
std::string read_qualified_name(std::string_view text, SourcePlace place, const std::string& path);
std::string read_name_member(Members& members, const std::string& name);
std::string read_qualified_member(Members& members, const std::string& name);
/// Empty where there is none.
std::string read_type(const JsonNode* node, const std::string& path);
/// A whole number from 1 to `most`.
std::size_t read_count(const JsonNode& node, const std::string& path, std::size_t most);
std::chrono::milliseconds read_duration(const JsonNode& node, const std::string& path);

/// The one of `choices` whose word stands there.
template <class Choice>
Choice read_choice(const JsonNode& node, const std::string& path, std::span<const Choice> choices) {
  expect(node, JsonNode::Kind::string, path);
  std::vector<std::string> words;
  std::string listed;
  for (const Choice choice : choices) {
    if (node.text == to_string(choice)) return choice;
    words.emplace_back(to_string(choice));
    listed += (listed.empty() ? "\"" : ", \"") + words.back() + "\"";
  }
  refuse(node.place, path,
         (words.size() == 1 ? "must be " : "must be one of ") + listed + did_you_mean(node.text, words));
}

}  // namespace coffer
