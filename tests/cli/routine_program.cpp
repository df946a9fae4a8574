// coffer with C++ pipes, as coffer_main has it, for tests.

#include <filesystem>
#include <string>
#include <utility>

#include <coffer/cli/coffer_main.hpp>
#include <coffer/pipe/typed_pipe.hpp>

namespace {

coffer::Task<std::string> co_upper(coffer::PipeIo& /*io*/, std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  co_return text;
}

/// Fails until the current folder has a file `go`.
coffer::Task<std::string> co_stumble(coffer::PipeIo& /*io*/, std::string loud) {
  if (!std::filesystem::exists("go")) throw coffer::Error(coffer::ErrorKind::io, "the file go is not there");
  co_return loud + "!";
}

}  // namespace

int main(int argc, char** argv) {
  coffer::PipeRoutines routines;
  routines.add(typed_pipe("upper", co_upper, {"text"}, {"loud"}));
  routines.add(typed_pipe("stumble", co_stumble, {"loud"}, {"louder"}));
  return coffer::coffer_main(argc, argv, std::move(routines));
}
