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

int main(int argc, char** argv) {
  occupy_standard_descriptors();
  coffer::cli::Program program;
  coffer::cli::add_put(program);
  coffer::cli::add_get_and_cat(program);
  coffer::cli::add_cp(program);
  coffer::cli::add_ls(program);
  coffer::cli::add_stat(program);
  coffer::cli::add_rm(program);
  coffer::cli::add_verify(program);
  coffer::cli::add_gc(program);
  coffer::cli::add_doctor(program);
  coffer::cli::add_check(program);
  coffer::cli::add_run(program);
  coffer::cli::add_runs(program);
  coffer::cli::add_exec(program);
  coffer::cli::add_kajson(program);
  coffer::cli::add_memory(program);
  return program.run(argc, argv);
}
