#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include <coffer/base/duration_text.hpp>
#include <coffer/pipe/pipeline_file.hpp>

#include "pipe/did_you_mean.hpp"
#include "pipe/json_tree.hpp"
#include "pipe/pipe_identity.hpp"

namespace coffer {
namespace {

constexpr std::size_t most_pipes = 1000;
constexpr const char* not_a_variable =
    "not a variable's name: it is not empty, has neither '=' nor \\u0000 and does not begin with COFFER_";

/// The path of a member: "pipes[0].reads.video". Members of the document itself have only their name.
std::string member_path(const std::string& parent, std::string_view name) {
  return parent.empty() ? std::string(name) : parent + "." + std::string(name);
}

std::string element_path(const std::string& parent, std::size_t index) {
  return parent + "[" + std::to_string(index) + "]";
}

/// Thrown inside this file only; parse_pipeline returns it. Keeps the reader free of a check after each line.
[[noreturn]] void refuse(SourcePlace place, const std::string& path, const std::string& why) {
  throw Error(ErrorKind::invalid_argument,
              place_text(place) + ": " + (path.empty() ? "the document" : path) + ": " + why);
}

void expect(const JsonNode& node, JsonNode::Kind kind, const std::string& path) {
  if (node.kind == kind) return;
  refuse(node.place, path, "must be " + std::string(to_string(kind)) + ", is " + std::string(to_string(node.kind)));
}

/// The members of an object, each of which is asked for once; `finish` refuses those that nobody asked for.
class Members {
 public:
  Members(const JsonNode& node, std::string path) : node_(node), path_(std::move(path)) {
    expect(node, JsonNode::Kind::object, path_);
  }

  const JsonNode* find(const std::string& name) {
    known_.push_back(name);
    const auto found = std::ranges::find(node_.children, name, &JsonNode::name);
    return found == node_.children.end() ? nullptr : &*found;
  }

  const JsonNode& need(const std::string& name) {
    const JsonNode* found = find(name);
    if (found == nullptr) refuse(node_.place, path_, "the member '" + name + "' is missing");
    return *found;
  }

  std::string path(const std::string& name) const { return member_path(path_, name); }

  void finish() const {
    for (const JsonNode& member : node_.children) {
      if (std::ranges::find(known_, member.name) != known_.end()) continue;
      refuse(member.name_place, path(member.name), "unknown member" + did_you_mean(member.name, known_));
    }
  }

 private:
  const JsonNode& node_;
  std::string path_;
  std::vector<std::string> known_;
};

std::string read_name(std::string_view text, SourcePlace place, const std::string& path) {
  if (!is_pipeline_name(text)) {
    refuse(place, path, "not a name: a letter or '_', then letters, digits, '_' and '-', at most 64 in all");
  }
  return std::string(text);
}

std::string read_type(const JsonNode* node, const std::string& path) {
  if (node == nullptr) return "";
  expect(*node, JsonNode::Kind::string, path);
  if (!is_media_type(node->text)) refuse(node->place, path, "not a media type such as \"video/mp4\"");
  return node->text;
}

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
  refuse(node.place, path, "must be one of " + listed + did_you_mean(node.text, words));
}

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

ReadSpec read_read(const JsonNode& node, const std::string& path) {
  static constexpr Feed feeds[] = {Feed::standard_input, Feed::path, Feed::url};
  ReadSpec read;
  read.name = read_name(node.name, node.name_place, path);
  read.place = node.name_place;
  read.feed = read_choice<Feed>(node, path, feeds);
  return read;
}

WriteSpec read_write(const JsonNode& node, const std::string& path) {
  static constexpr Yield yields[] = {Yield::standard_output, Yield::path, Yield::folder};
  WriteSpec write;
  write.name = read_name(node.name, node.name_place, path);
  write.place = node.name_place;
  Members members(node, path);
  write.yield = read_choice<Yield>(members.need("from"), members.path("from"), yields);
  write.type = read_type(members.find("type"), members.path("type"));
  members.finish();
  return write;
}

/// A whole number from 1 to `most`.
std::size_t read_count(const JsonNode& node, const std::string& path, std::size_t most) {
  expect(node, JsonNode::Kind::number, path);
  if (!(node.number >= 1) || node.number > static_cast<double>(most) || node.number != std::floor(node.number))
    refuse(node.place, path, "must be a whole number from 1 to " + std::to_string(most));
  return static_cast<std::size_t>(node.number);
}

std::string read_name_member(Members& members, const std::string& name) {
  const JsonNode& node = members.need(name);
  expect(node, JsonNode::Kind::string, members.path(name));
  return read_name(node.text, node.place, members.path(name));
}

std::chrono::milliseconds read_duration(const JsonNode& node, const std::string& path) {
  expect(node, JsonNode::Kind::string, path);
  const Result<std::chrono::milliseconds> duration = parse_duration(node.text);
  if (!duration) refuse(node.place, path, duration.error().message());
  return *duration;
}

std::chrono::milliseconds read_timeout(const JsonNode& node, const std::string& path) {
  const std::chrono::milliseconds limit = read_duration(node, path);
  if (limit.count() == 0) refuse(node.place, path, "is no time at all");
  return limit;
}

RetrySpec read_retry(const JsonNode& node, const std::string& path) {
  Members members(node, path);
  RetrySpec retry;
  retry.attempts = read_count(members.need("attempts"), members.path("attempts"), RetrySpec::most);
  retry.place = node.place;
  if (const JsonNode* wait = members.find("wait")) retry.wait = read_duration(*wait, members.path("wait"));
  members.finish();
  return retry;
}

BatchSpec read_batch(const JsonNode& node, const std::string& path) {
  Members members(node, path);
  BatchSpec batch;
  batch.over = read_name_member(members, "over");
  batch.item = read_name_member(members, "item");
  batch.place = members.need("over").place;
  if (const JsonNode* at_most = members.find("at_most"))
    batch.at_most = read_count(*at_most, members.path("at_most"), BatchSpec::most);
  members.finish();
  return batch;
}

std::vector<Argument> read_command(const JsonNode& node, const std::string& path) {
  expect(node, JsonNode::Kind::array, path);
  if (node.children.empty()) refuse(node.place, path, "is empty; it names the program, then its arguments");
  std::vector<Argument> arguments;
  for (const JsonNode& child : node.children) {
    const std::string child_path = element_path(path, arguments.size());
    expect(child, JsonNode::Kind::string, child_path);
    // A program's argument ends at a NUL: it would get another one than the file says.
    if (child.text.find('\0') != std::string::npos) refuse(child.place, child_path, "an argument cannot hold \\u0000");
    if (arguments.empty() && child.text.empty()) refuse(child.place, child_path, "the program's name is empty");
    Argument argument;
    argument.text = child.text;
    argument.place = child.place;
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

void read_environment(PipeSpec& pipe, const JsonNode& node, const std::string& path) {
  expect(node, JsonNode::Kind::object, path);
  for (const JsonNode& child : node.children) {
    const std::string child_path = member_path(path, child.name);
    if (!is_variable_name(child.name)) refuse(child.name_place, child_path, not_a_variable);
    expect(child, JsonNode::Kind::string, child_path);
    if (child.text.find('\0') != std::string::npos) refuse(child.place, child_path, "a variable cannot hold \\u0000");
    pipe.environment(child.name, child.text);
  }
}

PipeSpec read_pipe(const JsonNode& node, const std::string& path) {
  Members members(node, path);
  const JsonNode& name = members.need("name");
  expect(name, JsonNode::Kind::string, members.path("name"));
  PipeSpec pipe(read_name(name.text, name.place, members.path("name")));
  pipe.at(name.place);
  if (const JsonNode* reads = members.find("reads")) {
    expect(*reads, JsonNode::Kind::object, members.path("reads"));
    for (const JsonNode& child : reads->children)
      pipe.reads(read_read(child, member_path(members.path("reads"), child.name)));
  }
  if (const JsonNode* writes = members.find("writes")) {
    expect(*writes, JsonNode::Kind::object, members.path("writes"));
    for (const JsonNode& child : writes->children) {
      pipe.writes(read_write(child, member_path(members.path("writes"), child.name)));
    }
  }
  if (const JsonNode* batch = members.find("batch")) pipe.batch(read_batch(*batch, members.path("batch")));
  if (const JsonNode* retry = members.find("retry")) pipe.retry(read_retry(*retry, members.path("retry")));
  if (const JsonNode* limit = members.find("timeout")) pipe.timeout(read_timeout(*limit, members.path("timeout")));
  if (const JsonNode* environment = members.find("environment"))
    read_environment(pipe, *environment, members.path("environment"));
  const JsonNode& command = members.need("command");
  pipe.command(read_command(command, members.path("command")), command.place);
  members.finish();
  return pipe;
}

void check_version(const JsonNode& version, const std::string& path) {
  expect(version, JsonNode::Kind::number, path);
  if (version.number != 1) refuse(version.place, path, "this program reads version 1 only");
}

Pipeline read_pipeline(const JsonNode& document) {
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
    pipeline.pipe(read_pipe(pipes.children[i], element_path("pipes", i)));
  }
  members.finish();
  return pipeline;
}

/// Elements between brackets, each on a line of its own where there is one.
std::string lines(char open, const std::vector<std::string>& elements, char close, std::string_view indent) {
  std::string text(1, open);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    text += i == 0 ? "\n" : ",\n";
    text += indent;
    text += elements[i];
  }
  if (!elements.empty()) {
    text += '\n';
    text += indent.substr(2);
  }
  return text + close;
}

std::string type_member(const std::string& type, std::string_view before) {
  return type.empty() ? "" : std::string(before) + "\"type\": " + json_quoted(type);
}

std::string json_of(const BatchSpec& batch) {
  std::string json = "{\"over\": " + json_quoted(batch.over) + ", \"item\": " + json_quoted(batch.item);
  if (batch.at_most != BatchSpec::usual) json += ", \"at_most\": " + std::to_string(batch.at_most);
  return json + "}";
}

std::string json_of(const RetrySpec& retry) {
  std::string json = "{\"attempts\": " + std::to_string(retry.attempts);
  if (retry.wait != RetrySpec::usual_wait) json += ", \"wait\": " + json_quoted(duration_text(retry.wait));
  return json + "}";
}

}  // namespace

std::string pipe_to_json(const PipeSpec& pipe) {
  std::vector<std::string> members = {"\"name\": " + json_quoted(pipe.name())};
  std::vector<std::string> reads;
  for (const ReadSpec& read : pipe.reads()) {
    reads.push_back(json_quoted(read.name) + ": " + json_quoted(to_string(read.feed)));
  }
  if (!reads.empty()) members.push_back("\"reads\": " + lines('{', reads, '}', "        "));
  std::vector<std::string> writes;
  for (const WriteSpec& write : pipe.writes()) {
    writes.push_back(json_quoted(write.name) + ": {\"from\": " + json_quoted(to_string(write.yield)) +
                     type_member(write.type, ", ") + "}");
  }
  if (!writes.empty()) members.push_back("\"writes\": " + lines('{', writes, '}', "        "));
  if (pipe.batch()) members.push_back("\"batch\": " + json_of(*pipe.batch()));
  const RetrySpec& retry = pipe.retry();
  if (retry.attempts != 1 || retry.wait != RetrySpec::usual_wait) members.push_back("\"retry\": " + json_of(retry));
  if (pipe.timeout()) members.push_back("\"timeout\": " + json_quoted(duration_text(*pipe.timeout())));
  std::string environment;
  for (const auto& [name, value] : pipe.environment()) {
    environment += (environment.empty() ? "" : ", ") + json_quoted(name) + ": " + json_quoted(value);
  }
  if (!environment.empty()) members.push_back("\"environment\": {" + environment + "}");
  if (pipe.reusable()) members.push_back("\"reusable\": " + json_quoted(*pipe.reusable()));
  std::string command;
  for (const Argument& argument : pipe.command()) command += (command.empty() ? "" : ", ") + json_quoted(argument.text);
  members.push_back("\"command\": [" + command + "]");
  return lines('{', members, '}', "      ");
}

namespace {

std::optional<Error> cannot_be_written(const PipeSpec& pipe) {
  const bool streams =
      std::ranges::any_of(pipe.reads(), [](const ReadSpec& read) { return read.feed == Feed::stream; }) ||
      std::ranges::any_of(pipe.writes(), [](const WriteSpec& write) {
        return write.yield == Yield::stream || write.yield == Yield::list;
      });
  if (pipe.is_command() && !streams) return std::nullopt;
  return Error(ErrorKind::unsupported, "the pipe '" + pipe.name() + "' is C++; a pipeline file holds commands only");
}

}  // namespace

Result<Pipeline> parse_pipeline(std::string_view text) {
  const Result<JsonNode> document = parse_json(text);
  if (!document) return document.error();
  try {
    return read_pipeline(*document);
  } catch (const Error& error) {
    return error;
  }
}

Result<std::string> pipeline_to_json(const Pipeline& pipeline) {
  for (const PipeSpec& pipe : pipeline.pipes()) {
    if (auto error = cannot_be_written(pipe)) return *error;
  }
  std::vector<std::string> inputs;
  for (const InputSpec& input : pipeline.inputs()) {
    std::string json = json_quoted(input.name) + ": {" + type_member(input.type, "");
    if (input.is_list) json += input.type.empty() ? "\"list\": true" : ", \"list\": true";
    inputs.push_back(json + "}");
  }
  std::string outputs;
  for (const OutputSpec& output : pipeline.outputs())
    outputs += (outputs.empty() ? "" : ", ") + json_quoted(output.name);
  std::vector<std::string> pipes;
  for (const PipeSpec& pipe : pipeline.pipes()) pipes.push_back(pipe_to_json(pipe));

  std::vector<std::string> members = {"\"coffer_pipeline\": 1", "\"name\": " + json_quoted(pipeline.name())};
  if (!inputs.empty()) members.push_back("\"inputs\": " + lines('{', inputs, '}', "    "));
  if (!outputs.empty()) members.push_back("\"outputs\": [" + outputs + "]");
  members.push_back("\"pipes\": " + lines('[', pipes, ']', "    "));
  return lines('{', members, '}', "  ") + "\n";
}

bool same_document(const Pipeline& a, const Pipeline& b) {
  const auto same_input = [](const InputSpec& x, const InputSpec& y) {
    return x.name == y.name && x.type == y.type && x.is_list == y.is_list;
  };
  const auto same_read = [](const ReadSpec& x, const ReadSpec& y) { return x.name == y.name && x.feed == y.feed; };
  const auto same_write = [](const WriteSpec& x, const WriteSpec& y) {
    return x.name == y.name && x.yield == y.yield && x.type == y.type;
  };
  const auto same_batch = [](const std::optional<BatchSpec>& x, const std::optional<BatchSpec>& y) {
    if (!x || !y) return !x && !y;
    return x->over == y->over && x->item == y->item && x->at_most == y->at_most;
  };
  const auto same_pipe = [&](const PipeSpec& x, const PipeSpec& y) {
    return x.name() == y.name() && same_batch(x.batch(), y.batch()) && x.retry().attempts == y.retry().attempts &&
           x.retry().wait == y.retry().wait && x.timeout() == y.timeout() && x.environment() == y.environment() &&
           std::ranges::equal(x.reads(), y.reads(), same_read) &&
           std::ranges::equal(x.writes(), y.writes(), same_write) && x.is_command() && y.is_command() &&
           std::ranges::equal(x.command(), y.command(), {}, &Argument::text, &Argument::text);
  };
  return a.name() == b.name() && std::ranges::equal(a.inputs(), b.inputs(), same_input) &&
         std::ranges::equal(a.outputs(), b.outputs(), {}, &OutputSpec::name, &OutputSpec::name) &&
         std::ranges::equal(a.pipes(), b.pipes(), same_pipe);
}

}  // namespace coffer
