#include <algorithm>

#include <coffer/pipe/pipeline.hpp>

#include "base/ascii.hpp"

namespace coffer {
namespace {

// Without the locale: a name is the same name everywhere.
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_media_token(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view("!#$&^_.+-").find(c) != std::string_view::npos;
  });
}

bool writes_list(const PipeSpec& pipe, const WriteSpec& write) noexcept {
  return pipe.batch() || write.yield == Yield::folder || write.yield == Yield::list;
}

}  // namespace

std::string_view to_string(Feed feed) noexcept {
  switch (feed) {
    case Feed::standard_input:
      return "stdin";
    case Feed::path:
      return "path";
    case Feed::url:
      return "url";
    case Feed::stream:
      return "stream";
  }
  return "";
}

std::string_view to_string(Yield yield) noexcept {
  switch (yield) {
    case Yield::standard_output:
      return "stdout";
    case Yield::path:
      return "path";
    case Yield::stream:
      return "stream";
    case Yield::folder:
      return "folder";
    case Yield::list:
      return "list";
  }
  return "";
}

bool is_pipeline_name(std::string_view text) noexcept {
  if (text.empty() || text.size() > 64 || (!is_letter(text.front()) && text.front() != '_')) return false;
  return std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; });
}

bool is_variable_name(std::string_view text) noexcept {
  return !text.empty() && text.find_first_of(std::string_view("=\0", 2)) == std::string_view::npos &&
         !text.starts_with("COFFER_");
}

bool is_qualified_name(std::string_view text) noexcept {
  constexpr std::size_t most_names = 10;
  for (std::size_t names = 1; names <= most_names; ++names) {
    const std::size_t slash = text.find('/');
    if (!is_pipeline_name(text.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
  return false;
}

bool is_media_type(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  const std::size_t semicolon = text.find(';', slash);
  const std::string_view subtype =
      text.substr(slash + 1, semicolon == std::string_view::npos ? semicolon : semicolon - slash - 1);
  if (!is_media_token(text.substr(0, slash)) || !is_media_token(subtype)) return false;
  if (semicolon == std::string_view::npos) return true;
  const std::string_view parameters = text.substr(semicolon + 1);
  return !parameters.empty() && std::ranges::all_of(parameters, [](char c) { return c >= ' ' && c <= '~'; });
}

PipeSpec& PipeSpec::reads(std::string name, Feed feed) & {
  ReadSpec read;
  read.name = std::move(name);
  read.feed = feed;
  return reads(std::move(read));
}

PipeSpec& PipeSpec::reads(ReadSpec read) & {
  reads_.push_back(std::move(read));
  return *this;
}

PipeSpec& PipeSpec::reads_if_there(std::string name, Feed feed) & {
  ReadSpec read;
  read.name = std::move(name);
  read.feed = feed;
  read.optional = true;
  return reads(std::move(read));
}

PipeSpec& PipeSpec::writes(std::string name, std::string type) & {
  return writes(std::move(name), Yield::stream, std::move(type));
}

PipeSpec& PipeSpec::writes(std::string name, Yield yield, std::string type) & {
  WriteSpec write;
  write.name = std::move(name);
  write.yield = yield;
  write.type = std::move(type);
  return writes(std::move(write));
}

PipeSpec& PipeSpec::writes(WriteSpec write) & {
  writes_.push_back(std::move(write));
  return *this;
}

PipeSpec& PipeSpec::batch(std::string over, std::string item, std::size_t at_most) & {
  BatchSpec spec;
  spec.over = std::move(over);
  spec.item = std::move(item);
  spec.at_most = at_most;
  return batch(std::move(spec));
}

PipeSpec& PipeSpec::retry(std::size_t attempts, std::chrono::milliseconds wait) & {
  RetrySpec spec;
  spec.attempts = attempts;
  spec.wait = wait;
  return retry(spec);
}

PipeSpec& PipeSpec::when(std::string name, std::vector<std::string> is) & {
  ConditionSpec spec;
  spec.name = std::move(name);
  spec.texts = std::move(is);
  return when(std::move(spec));
}

PipeSpec& PipeSpec::when_not(std::string name, std::vector<std::string> is) & {
  when(std::move(name), std::move(is));
  conditions_.back().is_negated = true;
  return *this;
}

PipeSpec& PipeSpec::command(const std::vector<std::string>& arguments) & {
  std::vector<Argument> placed(arguments.size());
  std::ranges::transform(arguments, placed.begin(), [](const std::string& text) {
    Argument argument;
    argument.text = text;
    return argument;
  });
  return command(std::move(placed), SourcePlace());
}

PipeSpec& PipeSpec::command(std::vector<Argument> arguments, SourcePlace place) & {
  command_ = std::move(arguments);
  command_place_ = place;
  routine_ = nullptr;
  routine_name_.clear();
  return *this;
}

PipeSpec& PipeSpec::run(PipeRoutine routine) & { return this->routine("", std::move(routine)); }

PipeSpec& PipeSpec::routine(std::string name, PipeRoutine routine, SourcePlace place) & {
  routine_name_ = std::move(name);
  routine_ = std::move(routine);
  command_.clear();
  command_place_ = place;
  return *this;
}

Pipeline& Pipeline::input(std::string name, std::string type) & {
  InputSpec spec;
  spec.name = std::move(name);
  spec.type = std::move(type);
  return input(std::move(spec));
}

Pipeline& Pipeline::input(InputSpec input) & {
  inputs_.push_back(std::move(input));
  return *this;
}

Pipeline& Pipeline::input_list(std::string name, std::string type) & {
  InputSpec spec;
  spec.name = std::move(name);
  spec.type = std::move(type);
  spec.is_list = true;
  return input(std::move(spec));
}

Pipeline& Pipeline::output(std::string name) & {
  OutputSpec spec;
  spec.name = std::move(name);
  return output(std::move(spec));
}

Pipeline& Pipeline::output(OutputSpec output) & {
  outputs_.push_back(std::move(output));
  return *this;
}

bool Pipeline::is_list(std::string_view name) const noexcept {
  const auto is_it = [&](const InputSpec& input) { return input.is_list && input.name == name; };
  if (std::ranges::any_of(inputs_, is_it)) return true;
  return std::ranges::any_of(pipes_, [&](const PipeSpec& pipe) {
    return std::ranges::any_of(pipe.writes(),
                               [&](const WriteSpec& write) { return write.name == name && writes_list(pipe, write); });
  });
}

Pipeline& Pipeline::pipe(PipeSpec pipe) & {
  pipes_.push_back(std::move(pipe));
  return *this;
}

}  // namespace coffer
