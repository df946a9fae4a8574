#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <coffer/base/result.hpp>

namespace coffer {

/// One argument of a command, taken apart: text, and names to be replaced by a path or URL.
class CommandTemplate {
 public:
  /// `{name}` is a name, `{{` a brace; `}` stands for itself. Error{invalid_argument} says at which character.
  static Result<CommandTemplate> parse(std::string_view argument);

  /// Every name in it, once for each time.
  std::vector<std::string> names() const;
  /// The argument, each name replaced by what `value` says.
  std::string fill(const std::function<std::string(const std::string& name)>& value) const;

 private:
  struct Part {
    std::string text;
    bool is_name = false;
  };
  std::vector<Part> parts_;
};

/// The index of the argument that a shell reads as a program: with `-c` the first that is no option, of sh, bash, dash,
/// zsh, ksh or ash. 0 where there is none.
std::size_t shell_text_index(const std::vector<std::string>& command);

}  // namespace coffer
