#include <algorithm>
#include <optional>
#include <utility>

#include <coffer/base/duration_text.hpp>
#include <coffer/pipe/pipeline_file.hpp>

#include "pipe/json_tree.hpp"
#include "pipe/pipe_identity.hpp"

namespace coffer {
namespace {

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

std::string json_of(const ReadSpec& read) {
  const std::string feed = json_quoted(to_string(read.feed));
  if (!read.optional && read.as.empty()) return json_quoted(read.name) + ": " + feed;
  std::string json = json_quoted(read.name) + ": {\"from\": " + feed;
  if (!read.as.empty()) json += ", \"as\": " + json_quoted(read.as);
  return json + (read.optional ? ", \"optional\": true}" : "}");
}

std::string json_of(const ConditionSpec& condition) {
  std::string json = "{\"name\": " + json_quoted(condition.name);
  if (!condition.member.empty()) json += ", \"member\": " + json_quoted(condition.member);
  std::string texts;
  for (const std::string& text : condition.texts) texts += (texts.empty() ? "" : ", ") + json_quoted(text);
  return json + (condition.is_negated ? ", \"is_not\": [" : ", \"is\": [") + texts + "]}";
}

std::string json_of(const std::vector<ConditionSpec>& conditions) {
  if (conditions.size() == 1) return json_of(conditions.front());
  std::string all;
  for (const ConditionSpec& condition : conditions) all += (all.empty() ? "" : ", ") + json_of(condition);
  return "[" + all + "]";
}

std::string json_of(const RetrySpec& retry) {
  std::string json = "{\"attempts\": " + std::to_string(retry.attempts);
  if (retry.wait != RetrySpec::usual_wait) json += ", \"wait\": " + json_quoted(duration_text(retry.wait));
  return json + "}";
}

std::string command_member(const std::vector<Argument>& arguments) {
  std::string command;
  for (const Argument& argument : arguments) command += (command.empty() ? "" : ", ") + json_quoted(argument.text);
  return "\"command\": [" + command + "]";
}

}  // namespace

std::string pipe_to_json(const PipeSpec& pipe) {
  std::vector<std::string> members = {"\"name\": " + json_quoted(pipe.name())};
  std::vector<std::string> reads;
  for (const ReadSpec& read : pipe.reads()) reads.push_back(json_of(read));
  if (!reads.empty()) members.push_back("\"reads\": " + lines('{', reads, '}', "        "));
  std::vector<std::string> writes;
  for (const WriteSpec& write : pipe.writes()) {
    writes.push_back(json_quoted(write.name) + ": {\"from\": " + json_quoted(to_string(write.yield)) +
                     (write.as.empty() ? "" : ", \"as\": " + json_quoted(write.as)) + type_member(write.type, ", ") +
                     "}");
  }
  if (!writes.empty()) members.push_back("\"writes\": " + lines('{', writes, '}', "        "));
  if (pipe.batch()) members.push_back("\"batch\": " + json_of(*pipe.batch()));
  if (!pipe.conditions().empty()) members.push_back("\"when\": " + json_of(pipe.conditions()));
  const RetrySpec& retry = pipe.retry();
  if (retry.attempts != 1 || retry.wait != RetrySpec::usual_wait) members.push_back("\"retry\": " + json_of(retry));
  if (pipe.timeout()) members.push_back("\"timeout\": " + json_quoted(duration_text(*pipe.timeout())));
  std::string environment;
  for (const auto& [name, value] : pipe.environment()) {
    environment += (environment.empty() ? "" : ", ") + json_quoted(name) + ": " + json_quoted(value);
  }
  if (!environment.empty()) members.push_back("\"environment\": {" + environment + "}");
  if (pipe.reusable()) members.push_back("\"reusable\": " + json_quoted(*pipe.reusable()));
  members.push_back(pipe.routine_name().empty() ? command_member(pipe.command())
                                                : "\"routine\": " + json_quoted(pipe.routine_name()));
  return lines('{', members, '}', "      ");
}

namespace {

bool is_of_routines(Feed feed) { return feed == Feed::stream; }
bool is_of_routines(Yield yield) { return yield == Yield::stream || yield == Yield::list; }

std::optional<Error> cannot_be_written(const PipeSpec& pipe) {
  const bool is_named = !pipe.routine_name().empty();
  const auto is_other = [is_named](const auto way) { return is_of_routines(way) != is_named; };
  if ((pipe.is_command() || is_named) && std::ranges::none_of(pipe.reads(), is_other, &ReadSpec::feed) &&
      std::ranges::none_of(pipe.writes(), is_other, &WriteSpec::yield)) {
    return std::nullopt;
  }
  return Error(ErrorKind::unsupported, "the pipe '" + pipe.name() +
                                           "' is C++; a pipeline file holds commands, and C++ pipes that have a name "
                                           "in programs (PipeRoutines)");
}

}  // namespace

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
  const auto same_read = [](const ReadSpec& x, const ReadSpec& y) {
    return x.name == y.name && x.feed == y.feed && x.optional == y.optional && x.as == y.as;
  };
  const auto same_write = [](const WriteSpec& x, const WriteSpec& y) {
    return x.name == y.name && x.yield == y.yield && x.type == y.type && x.as == y.as;
  };
  const auto same_batch = [](const std::optional<BatchSpec>& x, const std::optional<BatchSpec>& y) {
    if (!x || !y) return !x && !y;
    return x->over == y->over && x->item == y->item && x->at_most == y->at_most;
  };
  const auto same_condition = [](const ConditionSpec& x, const ConditionSpec& y) {
    return x.name == y.name && x.member == y.member && x.texts == y.texts && x.is_negated == y.is_negated;
  };
  const auto same_pipe = [&](const PipeSpec& x, const PipeSpec& y) {
    return x.name() == y.name() && same_batch(x.batch(), y.batch()) &&
           std::ranges::equal(x.conditions(), y.conditions(), same_condition) &&
           x.retry().attempts == y.retry().attempts && x.retry().wait == y.retry().wait && x.timeout() == y.timeout() &&
           x.environment() == y.environment() && x.reusable() == y.reusable() &&
           std::ranges::equal(x.reads(), y.reads(), same_read) &&
           std::ranges::equal(x.writes(), y.writes(), same_write) && x.routine_name() == y.routine_name() &&
           x.is_command() == y.is_command() && (x.is_command() || !x.routine_name().empty()) &&
           std::ranges::equal(x.command(), y.command(), {}, &Argument::text, &Argument::text);
  };
  return a.name() == b.name() && std::ranges::equal(a.inputs(), b.inputs(), same_input) &&
         std::ranges::equal(a.outputs(), b.outputs(), {}, &OutputSpec::name, &OutputSpec::name) &&
         std::ranges::equal(a.pipes(), b.pipes(), same_pipe);
}

}  // namespace coffer
