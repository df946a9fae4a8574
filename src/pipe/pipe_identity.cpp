#include "pipe/pipe_identity.hpp"

#include <climits>
#include <optional>
#include <utility>

#include <coffer/codec/json_emitter.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "pipe/program_file.hpp"

namespace coffer {
namespace {

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

PipeIdentity identify_pipe(const PipeSpec& pipe) {
  PipeIdentity identity;
  if (pipe.is_command()) {
    identity.program = find_program(pipe.command().front().text);
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
