#include <utility>

#include <coffer/pipe/pipeline_file.hpp>

#include "pipe/json_tree.hpp"
#include "pipe/pipe_reader.hpp"
#include "pipe/pipeline_members.hpp"

namespace coffer {
namespace {

constexpr std::size_t most_pipes = 1000;

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

Pipeline read_pipeline(const JsonNode& document, const PipeRoutines* routines) {
  Members members(document, "");
  check_version(members.need("coffer_pipeline"), "coffer_pipeline");
  const JsonNode& name = members.need("name");
  expect(name, JsonNode::Kind::string, "name");
  Pipeline pipeline(read_name(name.text, name.place, "name"));
  if (const JsonNode* inputs = members.find("inputs")) {
    expect(*inputs, JsonNode::Kind::object, "inputs");
    for (const JsonNode& child : inputs->children) pipeline.input(read_input(child, member_path("inputs", child.name)));
  }
  if (const JsonNode* outputs = members.find("outputs")) {
    expect(*outputs, JsonNode::Kind::array, "outputs");
    for (std::size_t i = 0; i < outputs->children.size(); ++i) {
      pipeline.output(read_output(outputs->children[i], element_path("outputs", i)));
    }
  }
  const JsonNode& pipes = members.need("pipes");
  expect(pipes, JsonNode::Kind::array, "pipes");
  if (pipes.children.empty()) refuse(pipes.place, "pipes", "is empty; a pipeline has one pipe or more");
  if (pipes.children.size() > most_pipes) refuse(pipes.place, "pipes", "has more than 1000 pipes");
  for (std::size_t i = 0; i < pipes.children.size(); ++i) {
    pipeline.pipe(read_pipe(pipes.children[i], element_path("pipes", i), routines));
  }
  members.finish();
  return pipeline;
}

Result<Pipeline> parse_file(std::string_view text, const PipeRoutines* routines) {
  const Result<JsonNode> document = parse_json(text);
  if (!document) return document.error();
  try {
    return read_pipeline(*document, routines);
  } catch (const Error& error) {
    return error;
  }
}

}  // namespace

Result<Pipeline> parse_pipeline(std::string_view text) { return parse_file(text, nullptr); }

Result<Pipeline> parse_pipeline(std::string_view text, const PipeRoutines& routines) {
  return parse_file(text, &routines);
}

}  // namespace coffer
