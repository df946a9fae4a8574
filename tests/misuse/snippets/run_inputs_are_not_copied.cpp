// Inputs own the streams that a run reads: a copy would read the same stream a second time.
// error: (use of deleted function|call to deleted constructor).*RunInputs
#include <utility>

#include <coffer/pipe/executor.hpp>

coffer::RunInputs keep(coffer::RunInputs inputs) {
  coffer::RunInputs other = inputs;  // MISUSE
  return inputs;
}
