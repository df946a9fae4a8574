#include <utility>

#include <coffer/cli/coffer_main.hpp>
#include <fcntl.h>

#include "cli/program.hpp"

namespace {

/// Where the program was started with standard descriptors closed, what it opens next would be taken for them.
/// Something that can be neither read (0) nor written (1, 2) stands in their place.
void occupy_standard_descriptors() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) != -1) continue;
    // The lowest number that is free, which is this one.
    (void)::open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace

namespace coffer {

int coffer_main(int argc, char** argv, PipeRoutines routines) {
  occupy_standard_descriptors();
  cli::Program program(std::move(routines));
  cli::add_put(program);
  cli::add_get_and_cat(program);
  cli::add_cp(program);
  cli::add_ls(program);
  cli::add_stat(program);
  cli::add_rm(program);
  cli::add_verify(program);
  cli::add_gc(program);
  cli::add_doctor(program);
  cli::add_check(program);
  cli::add_run(program);
  cli::add_runs(program);
  cli::add_exec(program);
  cli::add_kajson(program);
  cli::add_memory(program);
  return program.run(argc, argv);
}

}  // namespace coffer
