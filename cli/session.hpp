#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/cancellation_signal.hpp>
#include <coffer/async/runtime.hpp>
#include <coffer/io_backends/make_io_backend.hpp>
#include <coffer/observe/work_meter.hpp>
#include <coffer/pipe/pipe_routines.hpp>
#include <coffer/storage/storage.hpp>

#include "cli/console.hpp"
#include "cli/interrupts.hpp"
#include "cli/settings.hpp"

namespace coffer::cli {

/// What a verb is run with.
struct Call {
  const GlobalOptions& options;
  Console& console;
  Interrupts& interrupts;
  /// What pipeline files can name.
  const PipeRoutines& routines;
  /// What this program is called by: "coffer", unless it is one with routines of its own.
  const std::string& program;
};

/// A Runtime and the store, for one verb.
class Session {
 public:
  /// `typed` are the URIs of the command line: files among them may be read, wherever they lie.
  Session(const Call& call, const Settings& settings, const std::vector<Uri>& typed);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// Runs the task to its end; the first signal cancels it. Rethrows what it throws.
  int run(Task<int> task);
  /// Cancels the task of run(), which is going on. Any thread.
  void cancel();

  /// A note where the store's folder is not there yet. Whether that was so.
  bool note_absent_store();

  Runtime& runtime() noexcept { return *runtime_; }
  Storage& storage() noexcept { return *storage_; }
  const std::shared_ptr<IoBackend>& io() const noexcept { return io_; }
  Console& console() const noexcept { return console_; }
  const std::string& program() const noexcept { return program_; }
  /// Measures all storage of this session.
  const std::shared_ptr<WorkMeter>& meter() const noexcept { return meter_; }
  /// The store's root.
  const Uri& root() const noexcept { return root_; }

 private:
  Console& console_;
  Interrupts& interrupts_;
  const std::string& program_;
  std::shared_ptr<boost::asio::cancellation_signal> cancel_;
  Uri root_;
  std::shared_ptr<WorkMeter> meter_;
  std::unique_ptr<Runtime> runtime_;
  std::shared_ptr<IoBackend> io_;
  std::unique_ptr<Storage> storage_;
};

}  // namespace coffer::cli
