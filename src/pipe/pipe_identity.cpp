#include "pipe/pipe_identity.hpp"

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <optional>
#include <utility>

#include <coffer/codec/json_emitter.hpp>
#include <sys/stat.h>
#include <unistd.h>

namespace coffer {
namespace {

/// Where nothing else is said: what execvp has.
constexpr const char* usual_path = "/bin:/usr/bin";

bool is_program(const std::string& file) {
  struct stat facts = {};
  return ::stat(file.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) && ::access(file.c_str(), X_OK) == 0;
}

std::string facts_of(const std::string& file) {
  struct stat facts = {};
  if (file.empty() || ::stat(file.c_str(), &facts) != 0) return "";
  return std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino) + ":" + std::to_string(facts.st_size) + ":" +
         std::to_string(facts.st_mtim.tv_sec) + "." + std::to_string(facts.st_mtim.tv_nsec);
}

std::string this_program() {
  char path[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

/// Without what says how it is tried, and not what comes of it.
PipeSpec essence_of(PipeSpec pipe) {
  if (pipe.batch()) {
    BatchSpec batch = *pipe.batch();
    batch.at_most = BatchSpec::usual;
    pipe.batch(std::move(batch));
  }
  pipe.retry(RetrySpec());
  pipe.timeout(std::nullopt);
  return pipe;
}

}  // namespace

std::string find_program(const std::string& name, const std::string& path) {
  if (name.find('/') != std::string::npos) return name;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const std::string folder = path.substr(begin, end - begin);
    std::string file = (folder.empty() ? "." : folder) + "/" + name;
    if (is_program(file)) return file;
    begin = end + 1;
  }
  return "";
}

PipeIdentity identify_pipe(const PipeSpec& pipe) {
  PipeIdentity identity;
  if (pipe.is_command()) {
    const char* path = std::getenv("PATH");
    identity.program = find_program(pipe.command().front().text, path == nullptr ? usual_path : path);
    identity.file = facts_of(identity.program);
  } else {
    identity.program = this_program();
    identity.file = facts_of("/proc/self/exe");  // Also where it was replaced while it runs.
  }
  identity.spec = emit_json(JsonDocument::parse(pipe_to_json(essence_of(pipe))).value().root());  // On one line.
  return identity;
}

std::string difference(const PipeIdentity& then, const PipeIdentity& now) {
  if (then.spec != now.spec) return "its arguments, or what it reads or writes, have changed";
  if (then.program != now.program) {
    return "its program is " + (now.program.empty() ? "not found" : now.program) + " now and was " + then.program;
  }
  if (then.file != now.file || now.file.empty()) return "its program " + now.program + " has changed";
  return "";
}

}  // namespace coffer
