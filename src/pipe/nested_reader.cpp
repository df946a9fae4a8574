#include <algorithm>
#include <map>
#include <utility>

#include <coffer/pipe/nested_pipeline.hpp>
#include <coffer/pipe/pipeline_check.hpp>

#include "pipe/pipe_reader.hpp"
#include "pipe/pipeline_members.hpp"
#include "pipe/pipeline_reader.hpp"

namespace coffer {
namespace {

constexpr std::size_t most_depth = 8;

/// What is wrong with it by itself, as far as that can be said.
std::string error_in(const Pipeline& inner, const PipelineReading& reading) {
  if (reading.routines == nullptr) return "";
  const PipelineCheck check = check_pipeline(inner);
  const auto error = std::ranges::find(check.findings, Severity::error, &Finding::severity);
  if (error == check.findings.end()) return "";
  return (error->place.known() ? place_text(error->place) + ": " : "") + error->message;
}

std::string chain_of(const std::vector<std::string>& files, const std::string& last) {
  std::string chain;
  for (const std::string& file : files) chain += file + " -> ";
  return chain + last;
}

/// The pipeline of another file.
Pipeline read_file(const JsonNode& node, const std::string& path, PipelineReading& reading) {
  if (node.text.empty()) refuse(node.place, path, "is empty; it names a pipeline's file");
  if (reading.open == nullptr || !*reading.open)
    refuse(node.place, path, "names a file, and files are not opened here: let the pipeline itself stand there");
  const std::string from = reading.files.empty() ? std::string() : reading.files.back();
  const Result<PipelineSource> source = (*reading.open)(node.text, from);
  if (!source) refuse(node.place, path, source.error().message());
  if (std::ranges::find(reading.files, source->path) != reading.files.end())
    refuse(node.place, path, "a circle of files: " + chain_of(reading.files, source->path));
  const Result<JsonNode> document = parse_json(source->text, largest_pipeline_file);
  if (!document) refuse(node.place, path, source->path + ": " + document.error().message());
  reading.files.push_back(source->path);
  Pipeline inner;
  std::string why;
  try {
    inner = read_pipeline(*document, "", reading);
    why = error_in(inner, reading);
  } catch (const Error& error) {
    why = error.message();
  }
  reading.files.pop_back();
  if (!why.empty()) refuse(node.place, path, source->path + ": " + why);
  return inner;
}

Pipeline read_inner(const JsonNode& node, const std::string& path, PipelineReading& reading) {
  if (reading.depth == most_depth) refuse(node.place, path, "more than 8 pipelines in each other");
  ++reading.depth;
  Pipeline inner;
  if (node.kind == JsonNode::Kind::string) {
    inner = read_file(node, path, reading);
  } else {
    inner = read_pipeline(node, path, reading);
    if (const std::string why = error_in(inner, reading); !why.empty()) refuse(node.place, path, why);
  }
  --reading.depth;
  return inner;
}

/// Inner names and what they are outside.
std::map<std::string, std::string> read_map(const JsonNode* node, const std::string& path) {
  std::map<std::string, std::string> names;
  if (node == nullptr) return names;
  expect(*node, JsonNode::Kind::object, path);
  for (const JsonNode& child : node->children) {
    const std::string child_path = member_path(path, child.name);
    expect(child, JsonNode::Kind::string, child_path);
    names.emplace(read_name(child.name, child.name_place, child_path),
                  read_qualified_name(child.text, child.place, child_path));
  }
  return names;
}

}  // namespace

void read_nested(const JsonNode& node, const std::string& path, PipelineReading& reading, Pipeline& outer) {
  Members members(node, path);
  NestSpec how(read_name_member(members, "name"));
  const JsonNode& pipeline = members.need("pipeline");
  how.at(pipeline.place);
  for (auto& [inner, name] : read_map(members.find("inputs"), members.path("inputs"))) how.input(inner, name);
  for (auto& [inner, name] : read_map(members.find("outputs"), members.path("outputs"))) how.output(inner, name);
  if (const JsonNode* when = members.find("when")) {
    for (ConditionSpec& condition : read_conditions(*when, members.path("when"))) how.when(std::move(condition));
  }
  if (const JsonNode* batch = members.find("batch")) how.batch(read_batch(*batch, members.path("batch")));
  members.finish();
  const Pipeline inner = read_inner(pipeline, members.path("pipeline"), reading);
  std::string why;
  try {
    nest(outer, inner, how);
  } catch (const Error& error) {
    why = error.message();
  }
  if (!why.empty()) refuse(pipeline.place, path, why);
}

}  // namespace coffer
