#include "pipe/child_environment.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <unistd.h>

namespace coffer {
namespace {

/// A name that ends in '*' stands for all that begin so. Not all of GOOGLE_*: pipes call models with GOOGLE_API_KEY.
constexpr std::array<std::string_view, 14> not_for_commands = {
    "COFFER_*",
    "AWS_*",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_*",
    "GOOGLE_OAUTH_*",
    "CLOUDSDK_*",
    "GCLOUD_*",
    "GCS_*",
    "S3_*",
    "AZURE_STORAGE_*",
    "STORAGE_EMULATOR_*",
    "BOTO_*",
    "PWD",
    "OLDPWD",
};

bool matches(std::string_view name, std::string_view pattern) {
  if (!pattern.ends_with('*')) return name == pattern;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

void exempt_loopback(std::vector<std::string>& environment, std::string_view name) {
  const auto found = std::ranges::find_if(environment, [&](const std::string& entry) {
    return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
  });
  if (found == environment.end())
    environment.push_back(std::string(name) + "=127.0.0.1");
  else
    *found += found->ends_with('=') ? "127.0.0.1" : ",127.0.0.1";
}

}  // namespace

std::vector<std::string> child_environment(std::span<const std::string> own) {
  std::vector<std::string> environment;
  for (const std::string& entry : own) {
    const std::string_view name = std::string_view(entry).substr(0, entry.find('='));
    const bool kept =
        std::ranges::none_of(not_for_commands, [&](std::string_view pattern) { return matches(name, pattern); });
    if (kept) environment.push_back(entry);
  }
  exempt_loopback(environment, "no_proxy");
  exempt_loopback(environment, "NO_PROXY");
  return environment;
}

std::vector<std::string> with_variables(std::vector<std::string> environment,
                                        const std::map<std::string, std::string>& variables) {
  std::erase_if(environment, [&variables](const std::string& entry) {
    return variables.contains(entry.substr(0, entry.find('=')));
  });
  for (const auto& [name, value] : variables) environment.push_back(std::string(name).append("=").append(value));
  return environment;
}

std::vector<std::string> own_environment() {
  std::vector<std::string> entries;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) entries.emplace_back(*entry);
  return entries;
}

}  // namespace coffer
