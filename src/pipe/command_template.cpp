#include "pipe/command_template.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <coffer/pipe/pipeline.hpp>

namespace coffer {

Result<CommandTemplate> CommandTemplate::parse(std::string_view argument) {
  CommandTemplate parsed;
  Part text;
  for (std::size_t i = 0; i < argument.size(); ++i) {
    if (argument[i] != '{') {
      text.text += argument[i];
      continue;
    }
    if (i + 1 < argument.size() && argument[i + 1] == '{') {
      text.text += '{';
      ++i;
      continue;
    }
    const std::size_t end = argument.find('}', i);
    const std::string_view name = argument.substr(i + 1, end == std::string_view::npos ? end : end - i - 1);
    if (end == std::string_view::npos || !is_pipeline_name(name)) {
      const std::string what =
          end == std::string_view::npos ? "'{' without '}'" : "'{" + std::string(name) + "}' is not a name in braces";
      return Error(ErrorKind::invalid_argument,
                   what + " at character " + std::to_string(i + 1) + "; '{{' stands for a brace");
    }
    if (!text.text.empty()) parsed.parts_.push_back(std::exchange(text, Part()));
    Part part;
    part.text = std::string(name);
    part.is_name = true;
    parsed.parts_.push_back(std::move(part));
    i = end;
  }
  if (!text.text.empty()) parsed.parts_.push_back(std::move(text));
  return parsed;
}

std::vector<std::string> CommandTemplate::names() const {
  std::vector<std::string> names;
  for (const Part& part : parts_) {
    if (part.is_name) names.push_back(part.text);
  }
  return names;
}

std::string CommandTemplate::fill(const std::function<std::string(const std::string& name)>& value) const {
  std::string filled;
  for (const Part& part : parts_) {
    if (part.is_name)
      filled += value(part.text);
    else
      filled += part.text;
  }
  return filled;
}

std::size_t shell_text_index(const std::vector<std::string>& command) {
  static constexpr std::array<std::string_view, 6> shells = {"sh", "bash", "dash", "zsh", "ksh", "ash"};
  if (command.empty()) return 0;
  const std::string_view program = std::string_view(command.front()).substr(command.front().rfind('/') + 1);
  if (std::ranges::find(shells, program) == shells.end()) return 0;
  bool is_text = false;
  std::size_t i = 1;
  for (; i < command.size(); ++i) {
    const std::string& option = command[i];
    if (option.size() < 2 || (option.front() != '-' && option.front() != '+') || option == "--") break;
    if (option.starts_with("--")) {
      if (option == "--rcfile" || option == "--init-file") ++i;
      continue;
    }
    // "-c", and with others, as in "-euc"; each 'o' takes a word, as in "-euo pipefail".
    is_text = is_text || (option.front() == '-' && option.find('c') != std::string::npos);
    i += static_cast<std::size_t>(std::ranges::count_if(option, [](char c) { return c == 'o' || c == 'O'; }));
  }
  if (i < command.size() && (command[i] == "--" || command[i] == "-")) ++i;
  if (is_text && i < command.size()) return i;
  return 0;
}

}  // namespace coffer
