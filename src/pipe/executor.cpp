#include <exception>
#include <fstream>
#include <string>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/pipe/executor.hpp>
#include <coffer/storage/storage.hpp>

#include "async/helper_threads.hpp"
#include "pipe/run.hpp"
#include "pipe/run_closing.hpp"
#include "pipe/run_entry.hpp"
#include "pipe/run_setup.hpp"

namespace coffer {

namespace asio = boost::asio;

namespace {

/// The most memory that this process ever had, in bytes; 0 where the system does not say.
std::size_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::size_t kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes << 10U;
  }
  return 0;
}

}  // namespace

Executor::Executor(Storage& storage) : storage_(storage) {}

Task<RunResult> Executor::co_run(Pipeline pipeline, RunInputs inputs, RunOptions options) {
  if (options.reuse_ && options.run_id_.empty()) {
    throw Error(ErrorKind::invalid_argument,
                "a run that takes from earlier ones needs an id, under which the store's journals have it");
  }
  co_await RunSetup::co_name_in_store(storage_, inputs, options);
  if (options.run_id_.empty()) co_return co_await co_do(std::move(pipeline), std::move(inputs), options, nullptr);
  if (!options.prefix_.empty()) {
    throw Error(ErrorKind::invalid_argument,
                "a run that has an id has no prefix: its objects' names begin with the id");
  }
  RunPlan::make(pipeline).value();  // What cannot run leaves no trace.
  RunEntry entry = co_await co_enter_run(storage_, options.run_id_, options.only_resumes_);
  co_await RunSetup::co_check_is_that_run(storage_, entry.history, pipeline, inputs, options);
  if (entry.history.completed) co_return co_await co_result_of_finished(storage_, std::move(entry));
  std::exception_ptr failed;
  RunResult result;
  try {
    result = co_await co_do(std::move(pipeline), std::move(inputs), options, &entry);
  } catch (...) {
    failed = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if (failed) co_await co_leave_unbegun(entry);
  co_await entry.journal->co_close();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  if (failed) std::rethrow_exception(failed);
  co_return std::move(result);
}

Task<RunResult> Executor::co_do(Pipeline pipeline, RunInputs inputs, const RunOptions& options, RunEntry* entry) {
  RunSetup::Ready ready = co_await RunSetup::co_make(storage_, std::move(pipeline), std::move(inputs), options, entry);
  const std::shared_ptr<RunContext> context = ready.run;
  RunClosing closing(*context, options, entry);
  Run run(std::move(ready), options.overlap_);
  std::exception_ptr failed;
  RunResult result;
  try {
    result = co_await run.co_run();
    result.peak_memory = co_await storage_.runtime().helpers().co_run(peak_memory);
    result.peak_buffers = storage_.runtime().pool().use().peak;
    co_await closing.co_succeed(result);
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed) {
    co_await closing.co_fail(failed);
    std::rethrow_exception(failed);
  }
  co_return std::move(result);
}

}  // namespace coffer
