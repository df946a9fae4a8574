#include "cli/session.hpp"

#include <exception>
#include <filesystem>
#include <future>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <coffer/app/open_storage.hpp>
#include <unistd.h>

#include "cli/names.hpp"
#include "cli/text.hpp"

namespace coffer::cli {
namespace {

/// Says what the library wants people to know.
class Notes final : public Observer {
 public:
  explicit Notes(Console& console) : console_(console) {}
  void warn(std::string_view line) noexcept override {
    try {
      console_.note(printable(line));
    } catch (const std::exception&) {
      // Without memory for its decoration it goes out as it is.
      (void)!::write(STDERR_FILENO, line.data(), line.size());
    }
  }

 private:
  Console& console_;
};

StoreConfig config_of(const Settings& settings, const std::vector<Uri>& typed) {
  StoreConfig config(settings.root.raw());
  for (const std::filesystem::path& file : files_outside(typed, settings.root)) config.readable(file);
  if (!settings.spill.empty()) config.spill_folder(settings.spill);
  config.spill_in_memory(settings.spill_in_memory);
  if (!settings.cache.empty()) config.cache_folder(settings.cache);
  config.cache_limit(settings.cache_size);
  return config;
}

void refuse_store_that_is_no_folder(const Uri& root) {
  if (root.scheme() != "file") return;
  std::error_code ignored;  // Opening it tells.
  const std::filesystem::file_status there = std::filesystem::status(root.path(), ignored);
  if (!std::filesystem::exists(there) || std::filesystem::is_directory(there)) return;
  throw Error(ErrorKind::invalid_argument, "the store " + printable(root.path()) +
                                               " is no folder: name one with --store, which need not be there yet");
}

}  // namespace

Session::Session(const Call& call, const Settings& settings, const std::vector<Uri>& typed)
    : console_(call.console),
      interrupts_(call.interrupts),
      program_(call.program),
      root_(settings.root),
      meter_(std::make_shared<WorkMeter>(std::make_shared<Notes>(console_))) {
  refuse_store_that_is_no_folder(root_);
  RuntimeConfig config;
  config.budget(settings.budget);
  config.observer(meter_);
  runtime_ = std::make_unique<Runtime>(std::move(config));
  io_ = make_io_backend(*runtime_, settings.io_backend);
  storage_ = std::make_unique<Storage>(open_storage(*runtime_, config_of(settings, typed), io_));
}

Session::~Session() = default;

bool Session::note_absent_store() {
  std::error_code ignored;
  if (root_.scheme() != "file" || std::filesystem::exists(root_.path(), ignored)) return false;
  console_.note("there is no store in " + printable(root_.path()) + " yet");
  return true;
}

int Session::run(Task<int> task) {
  namespace asio = boost::asio;
  const asio::any_io_executor executor = runtime_->executor();
  auto promise = std::make_shared<std::promise<int>>();
  cancel_ = std::make_shared<asio::cancellation_signal>();
  std::future<int> answer = promise->get_future();
  auto done = [promise, keep = cancel_](std::exception_ptr error, int code) {
    if (error) {
      promise->set_exception(std::move(error));
    } else {
      promise->set_value(code);
    }
  };
  asio::co_spawn(executor, std::move(task), asio::bind_cancellation_slot(cancel_->slot(), std::move(done)));
  const Interrupts::Watch watch(interrupts_, [this] { cancel(); });
  return answer.get();
}

void Session::cancel() {
  boost::asio::post(runtime_->executor(),
                    [signal = cancel_] { signal->emit(boost::asio::cancellation_type::terminal); });
}

}  // namespace coffer::cli
