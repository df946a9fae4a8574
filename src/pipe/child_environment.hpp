#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

namespace coffer {

/// The environment of a command, from Coffer's own ("NAME=value"): without the credentials of stores and without PWD,
/// which would be wrong; with loopback exempt from proxies, which else would be told the range server's secret.
std::vector<std::string> child_environment(std::span<const std::string> own);

/// The same with these variables, by name, in the place of those that it has.
std::vector<std::string> with_variables(std::vector<std::string> environment,
                                        const std::map<std::string, std::string>& variables);

/// This process's environment as it is now.
std::vector<std::string> own_environment();

}  // namespace coffer
