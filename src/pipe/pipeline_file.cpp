#include <algorithm>
#include <utility>

#include <coffer/pipe/pipeline_file.hpp>

#include "pipe/json_tree.hpp"
#include "pipe/pipe_reader.hpp"
#include "pipe/pipeline_members.hpp"
#include "pipe/pipeline_reader.hpp"

namespace coffer {
namespace {

constexpr std::size_t most_pipes = 1000;
/// Of a pipeline with all that lies in files of their own.
constexpr std::size_t largest_whole = std::size_t{16} << 20U;

InputSpec read_input(const JsonNode& node, const std::string& path) {
  InputSpec input;
  input.name = read_name(node.name, node.name_place, path);
  input.place = node.name_place;
  Members members(node, path);
  input.type = read_type(members.find("type"), members.path("type"));
  if (const JsonNode* list = members.find("list")) {
    expect(*list, JsonNode::Kind::boolean, members.path("list"));
    input.is_list = list->boolean;
  }
  members.finish();
  return input;
}

OutputSpec read_output(const JsonNode& node, const std::string& path) {
  expect(node, JsonNode::Kind::string, path);
  OutputSpec output;
  output.name = read_name(node.text, node.place, path);
  output.place = node.place;
  return output;
}

void check_version(const JsonNode& version, const std::string& path) {
  expect(version, JsonNode::Kind::number, path);
  if (version.number != 1) refuse(version.place, path, "this program reads version 1 only");
}

void read_inputs(const JsonNode* node, const std::string& path, Pipeline& pipeline) {
  if (node == nullptr) return;
  expect(*node, JsonNode::Kind::object, path);
  for (const JsonNode& child : node->children) pipeline.input(read_input(child, member_path(path, child.name)));
}

void read_outputs(const JsonNode* node, const std::string& path, Pipeline& pipeline) {
  if (node == nullptr) return;
  expect(*node, JsonNode::Kind::array, path);
  for (std::size_t i = 0; i < node->children.size(); ++i)
    pipeline.output(read_output(node->children[i], element_path(path, i)));
}

void read_pipes(const JsonNode& node, const std::string& path, PipelineReading& reading, Pipeline& pipeline) {
  expect(node, JsonNode::Kind::array, path);
  if (node.children.empty()) refuse(node.place, path, "is empty; a pipeline has one pipe or more");
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const JsonNode& child = node.children[i];
    const std::string child_path = element_path(path, i);
    if (std::ranges::find(child.children, "pipeline", &JsonNode::name) != child.children.end())
      read_nested(child, child_path, reading, pipeline);
    else
      pipeline.pipe(read_pipe(child, child_path, reading.routines));
    if (pipeline.pipes().size() > most_pipes) refuse(node.place, path, "has more than 1000 pipes");
  }
}

Result<Pipeline> parse_file(std::string_view text, std::size_t largest, PipelineReading reading) {
  const Result<JsonNode> document = parse_json(text, largest);
  if (!document) return document.error();
  try {
    return read_pipeline(*document, "", reading);
  } catch (const Error& error) {
    return error;
  }
}

}  // namespace

Pipeline read_pipeline(const JsonNode& node, const std::string& path, PipelineReading& reading) {
  Members members(node, path);
  check_version(members.need("coffer_pipeline"), members.path("coffer_pipeline"));
  Pipeline pipeline(read_name_member(members, "name"));
  read_inputs(members.find("inputs"), members.path("inputs"), pipeline);
  read_outputs(members.find("outputs"), members.path("outputs"), pipeline);
  read_pipes(members.need("pipes"), members.path("pipes"), reading, pipeline);
  members.finish();
  return pipeline;
}

Result<Pipeline> parse_pipeline(std::string_view text) { return parse_file(text, largest_whole, PipelineReading()); }

Result<Pipeline> parse_pipeline(std::string_view text, const PipeRoutines& routines) {
  PipelineReading reading;
  reading.routines = &routines;
  return parse_file(text, largest_whole, std::move(reading));
}

Result<Pipeline> parse_pipeline(const PipelineSource& source, const PipeRoutines& routines,
                                const PipelineOpener& open) {
  PipelineReading reading;
  reading.routines = &routines;
  reading.open = &open;
  reading.files.push_back(source.path);
  return parse_file(source.text, largest_pipeline_file, std::move(reading));
}

}  // namespace coffer
