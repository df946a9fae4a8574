// The program coffer with one C++ pipe, which pipeline files name by "routine".

#include <algorithm>
#include <string>
#include <utility>

#include <coffer/cli/coffer_main.hpp>
#include <coffer/pipe/typed_pipe.hpp>

namespace {

coffer::Task<std::string> co_reverse(coffer::PipeIo& /*io*/, std::string text) {
  std::reverse(text.begin(), text.end());
  co_return text;
}

}  // namespace

int main(int argc, char** argv) {
  coffer::PipeRoutines routines;
  routines.add(typed_pipe("reverse", co_reverse, {"text"}, {"reversed"}));
  return coffer::coffer_main(argc, argv, std::move(routines));
}
