#include "pipe/pipe_reader.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "pipe/pipeline_members.hpp"

namespace coffer {
namespace {

constexpr const char* not_a_variable =
    "not a variable's name: it is not empty, has neither '=' nor \\u0000 and does not begin with COFFER_";

/// Commands and C++ pipes have ways of their own.
std::span<const Feed> feeds_of(bool is_command) {
  static constexpr Feed of_commands[] = {Feed::standard_input, Feed::path, Feed::url};
  static constexpr Feed of_routines[] = {Feed::stream};
  if (is_command) return of_commands;
  return of_routines;
}

std::span<const Yield> yields_of(bool is_command) {
  static constexpr Yield of_commands[] = {Yield::standard_output, Yield::path, Yield::folder};
  static constexpr Yield of_routines[] = {Yield::stream, Yield::list};
  if (is_command) return of_commands;
  return of_routines;
}

/// Of a qualified name the last one; else empty.
std::string name_at_end(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string::npos ? "" : name.substr(slash + 1);
}

/// What the pipe calls it, where that is another name.
std::string read_as(Members& members, const std::string& name) {
  if (members.find("as") == nullptr) return name_at_end(name);
  std::string as = read_name_member(members, "as");
  return as == name ? "" : as;
}

ReadSpec read_read(const JsonNode& node, const std::string& path, bool is_command) {
  ReadSpec read;
  read.name = read_qualified_name(node.name, node.name_place, path);
  read.place = node.name_place;
  if (node.kind != JsonNode::Kind::object) {
    read.feed = read_choice<Feed>(node, path, feeds_of(is_command));
    read.as = name_at_end(read.name);
    return read;
  }
  Members members(node, path);
  read.feed = read_choice<Feed>(members.need("from"), members.path("from"), feeds_of(is_command));
  if (const JsonNode* optional = members.find("optional")) {
    expect(*optional, JsonNode::Kind::boolean, members.path("optional"));
    read.optional = optional->boolean;
  }
  read.as = read_as(members, read.name);
  members.finish();
  return read;
}

WriteSpec read_write(const JsonNode& node, const std::string& path, bool is_command) {
  WriteSpec write;
  write.name = read_qualified_name(node.name, node.name_place, path);
  write.place = node.name_place;
  Members members(node, path);
  write.yield = read_choice<Yield>(members.need("from"), members.path("from"), yields_of(is_command));
  write.type = read_type(members.find("type"), members.path("type"));
  write.as = read_as(members, write.name);
  members.finish();
  return write;
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

std::vector<std::string> read_texts(const JsonNode& node, const std::string& path) {
  if (node.kind == JsonNode::Kind::string) return {node.text};
  if (node.kind != JsonNode::Kind::array) refuse(node.place, path, "must be a string or a list of strings");
  if (node.children.empty()) refuse(node.place, path, "is empty: what is to be compared?");
  std::vector<std::string> texts;
  texts.reserve(node.children.size());
  for (const JsonNode& child : node.children) {
    expect(child, JsonNode::Kind::string, element_path(path, texts.size()));
    texts.push_back(child.text);
  }
  return texts;
}

ConditionSpec read_condition(const JsonNode& node, const std::string& path) {
  Members members(node, path);
  ConditionSpec condition;
  condition.name = read_qualified_member(members, "name");
  condition.place = members.need("name").place;
  if (const JsonNode* member = members.find("member")) {
    expect(*member, JsonNode::Kind::string, members.path("member"));
    if (member->text.empty()) refuse(member->place, members.path("member"), "is empty");
    condition.member = member->text;
  }
  const JsonNode* is = members.find("is");
  const JsonNode* is_not = members.find("is_not");
  if ((is == nullptr) == (is_not == nullptr)) refuse(node.place, path, "must have either 'is' or 'is_not'");
  condition.is_negated = is == nullptr;
  condition.texts = is != nullptr ? read_texts(*is, members.path("is")) : read_texts(*is_not, members.path("is_not"));
  members.finish();
  return condition;
}

std::vector<Argument> read_arguments(const JsonNode& node, const std::string& path) {
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

/// What a pipe reads and writes, in the order of the file.
struct Ways {
  std::vector<ReadSpec> reads;
  std::vector<WriteSpec> writes;
};

Ways read_ways(Members& members, bool is_command) {
  Ways ways;
  if (const JsonNode* reads = members.find("reads")) {
    const std::string path = members.path("reads");
    expect(*reads, JsonNode::Kind::object, path);
    for (const JsonNode& child : reads->children)
      ways.reads.push_back(read_read(child, member_path(path, child.name), is_command));
  }
  if (const JsonNode* writes = members.find("writes")) {
    const std::string path = members.path("writes");
    expect(*writes, JsonNode::Kind::object, path);
    for (const JsonNode& child : writes->children)
      ways.writes.push_back(read_write(child, member_path(path, child.name), is_command));
  }
  return ways;
}

/// "'a', 'b'".
template <class Specs>
std::string quoted_names(const Specs& specs) {
  std::string text;
  for (const auto& spec : specs) text += (text.empty() ? "'" : ", '") + spec.name + "'";
  return text;
}

/// The C++ pipe reads and writes names that it knows, or any.
class RoutineNames {
 public:
  RoutineNames(const JsonNode& node, std::string path, const PipeSpec& routine)
      : node_(node), path_(std::move(path)), routine_(routine) {}

  void check(const Ways& ways) const {
    compare("reads", routine_.reads(), ways.reads);
    compare("writes", routine_.writes(), ways.writes);
    for (const WriteSpec& write : ways.writes) {
      const auto own = std::ranges::find(routine_.writes(), own_name(write), &WriteSpec::name);
      if (own->yield == write.yield) continue;
      refuse(write.place, path_,
             "the C++ pipe '" + node_.text + "' writes '" + write.name + "' from a \"" +
                 std::string(to_string(own->yield)) + "\"");
    }
  }

 private:
  template <class Specs>
  void compare(const std::string& what, const Specs& own, const Specs& of_file) const {
    const auto knows = [](const Specs& specs, const std::string& name) {
      return std::ranges::any_of(specs, [&](const auto& spec) { return own_name(spec) == name; });
    };
    std::string who = "the C++ pipe '";
    who.append(node_.text).append("' ").append(what).append(" ");
    for (const auto& spec : of_file) {
      if (knows(own, own_name(spec))) continue;
      refuse(spec.place, path_,
             who + (own.empty() ? "nothing" : quoted_names(own)) + ", and no '" + own_name(spec) + "'");
    }
    for (const auto& spec : own) {
      if (!knows(of_file, spec.name))
        refuse(node_.place, path_,
               who.append("'").append(spec.name).append("', which is not among this pipe's ") + what);
    }
  }

  const JsonNode& node_;
  const std::string path_;
  const PipeSpec& routine_;
};

[[noreturn]] void refuse_unknown(const JsonNode& node, const std::string& path, const PipeRoutines& routines) {
  const std::vector<std::string> names = routines.names();
  std::string why = "this program has no C++ pipe '" + node.text + "'";
  if (names.empty()) refuse(node.place, path, why + ": run the file with the program that has it");
  std::string listed;
  for (const std::string& name : names) listed += (listed.empty() ? "'" : ", '") + name + "'";
  refuse(node.place, path, why + "; it has " + listed + did_you_mean(node.text, names));
}

/// The one that the program has; null where it is not looked for. What the pipe leaves open is as that has it.
const PipeSpec* find_routine(const JsonNode& node, const std::string& path, const PipeRoutines* routines, Ways& ways) {
  if (routines == nullptr) return nullptr;
  const PipeSpec* found = routines->find(node.text);
  if (found == nullptr) refuse_unknown(node, path, *routines);
  if (found->reads().empty() && found->writes().empty()) return found;
  RoutineNames(node, path, *found).check(ways);
  for (WriteSpec& write : ways.writes) {
    if (write.type.empty()) write.type = std::ranges::find(found->writes(), own_name(write), &WriteSpec::name)->type;
  }
  return found;
}

void read_command(Members& members, const JsonNode& command, PipeSpec& pipe) {
  pipe.command(read_arguments(command, members.path("command")), command.place);
  if (const JsonNode* environment = members.find("environment"))
    read_environment(pipe, *environment, members.path("environment"));
}

void read_routine(Members& members, const JsonNode& routine, const PipeRoutines* routines, Ways& ways, PipeSpec& pipe) {
  const std::string path = members.path("routine");
  expect(routine, JsonNode::Kind::string, path);
  std::string known_as = read_name(routine.text, routine.place, path);
  const PipeSpec* const found = find_routine(routine, path, routines, ways);
  pipe.routine(std::move(known_as), found == nullptr ? nullptr : found->routine(), routine.place);
  if (found != nullptr && found->reusable()) pipe.reusable(*found->reusable());
  if (const JsonNode* reusable = members.find("reusable")) {
    expect(*reusable, JsonNode::Kind::string, members.path("reusable"));
    pipe.reusable(reusable->text);
  }
}

}  // namespace

std::vector<ConditionSpec> read_conditions(const JsonNode& node, const std::string& path) {
  if (node.kind != JsonNode::Kind::array) return {read_condition(node, path)};
  if (node.children.empty()) refuse(node.place, path, "is empty: leave it out for a pipe that always runs");
  std::vector<ConditionSpec> conditions;
  conditions.reserve(node.children.size());
  for (const JsonNode& child : node.children)
    conditions.push_back(read_condition(child, element_path(path, conditions.size())));
  return conditions;
}

BatchSpec read_batch(const JsonNode& node, const std::string& path) {
  Members members(node, path);
  BatchSpec batch;
  batch.over = read_qualified_member(members, "over");
  batch.item = read_qualified_member(members, "item");
  batch.place = members.need("over").place;
  if (const JsonNode* at_most = members.find("at_most"))
    batch.at_most = read_count(*at_most, members.path("at_most"), BatchSpec::most);
  members.finish();
  return batch;
}

PipeSpec read_pipe(const JsonNode& node, const std::string& path, const PipeRoutines* routines) {
  Members members(node, path);
  const JsonNode& name = members.need("name");
  expect(name, JsonNode::Kind::string, members.path("name"));
  PipeSpec pipe(read_qualified_name(name.text, name.place, members.path("name")));
  pipe.at(name.place);
  const JsonNode* command = members.find("command");
  const JsonNode* routine = members.find("routine");
  if (command == nullptr && routine == nullptr) {
    for (const char* missing : {"command", "routine", "pipeline"}) members.refuse_misspelt(missing);
    refuse(node.place, path, "a 'command' is missing, or a 'routine' or a 'pipeline'");
  }
  if (command != nullptr && routine != nullptr)
    refuse(routine->name_place, members.path("routine"), "the pipe has a command already");
  Ways ways = read_ways(members, command != nullptr);
  if (command != nullptr)
    read_command(members, *command, pipe);
  else
    read_routine(members, *routine, routines, ways, pipe);
  for (ReadSpec& read : ways.reads) pipe.reads(std::move(read));
  for (WriteSpec& write : ways.writes) pipe.writes(std::move(write));
  if (const JsonNode* batch = members.find("batch")) pipe.batch(read_batch(*batch, members.path("batch")));
  if (const JsonNode* when = members.find("when")) {
    for (ConditionSpec& condition : read_conditions(*when, members.path("when"))) pipe.when(std::move(condition));
  }
  if (const JsonNode* retry = members.find("retry")) pipe.retry(read_retry(*retry, members.path("retry")));
  if (const JsonNode* limit = members.find("timeout")) pipe.timeout(read_timeout(*limit, members.path("timeout")));
  members.finish();
  return pipe;
}

}  // namespace coffer
