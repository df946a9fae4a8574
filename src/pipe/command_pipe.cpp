#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/base/content_type.hpp>
#include <coffer/stream/pump.hpp>

#include "async/helper_threads.hpp"
#include "async/together.hpp"
#include "pipe/child_environment.hpp"
#include "pipe/child_process.hpp"
#include "pipe/command_template.hpp"
#include "pipe/folder_intake.hpp"
#include "pipe/indexed_lines.hpp"
#include "pipe/input_source.hpp"
#include "pipe/list_folder.hpp"
#include "pipe/plain_file.hpp"
#include "pipe/run_job.hpp"
#include "pipe/secret_mask.hpp"
#include "pipe/survivors.hpp"
#include "pipe/url_resource.hpp"
#include "pipe/work_folder.hpp"

namespace coffer {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

/// How often a command is asked whether it waits for its pipes.
constexpr std::chrono::milliseconds look{5};
/// For a command that was cancelled before anything was fed to it or read from it.
constexpr std::chrono::seconds grace{5};

/// Error{precondition_failed} where the object is not the one that was there when the run looked at it.
Task<> co_check_unchanged(Storage& storage, std::string name, Stored stored) {
  const std::optional<ObjectInfo> there = co_await storage.co_head(stored.uri);
  if (there && there->etag == stored.etag) co_return;
  const std::string what = there ? "replaced" : "removed";
  throw Error(ErrorKind::precondition_failed, "'" + name + "' was " + what + " while the command had its path")
      .about(stored.uri.text());
}

class CommandPipe final : public PipeJob {
 public:
  CommandPipe(RunContext& run, PipeScope scope)
      : PipeJob(run, std::move(scope)), mask_(run.server ? run.server->secret() : std::string()) {
    if (this->scope().element()) lines_.emplace(*this->scope().element());
  }
  CommandPipe(const CommandPipe&) = delete;
  CommandPipe& operator=(const CommandPipe&) = delete;
  ~CommandPipe() override { withdraw_urls(); }

  Task<> co_work() override {
    fs::path parent = run().work_folder;
    // Of a pipeline inside others its own name says enough: others' folders have another end.
    std::string name = spec().name().substr(spec().name().rfind('/') + 1);
    folder_ = co_await WorkFolder::co_make(run().runtime(), std::move(parent), std::move(name));
    co_await co_prepare_inputs();
    co_await co_prepare_outputs();
    co_await co_start();
    co_await co_run();
    check_end();
    co_await co_check_paths();
    co_await co_store_outputs();
    co_await co_inputs_committed();
  }

  Task<> co_tidy() override {
    withdraw_urls();
    if (child_ && !end_) {
      co_await child_->co_end(grace);
      co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    }
    pass_on(mask_.rest());
    if (lines_) tell(lines_->rest());
    for (const auto& intake : intakes_) co_await intake->co_abandon();
    if (!folder_) co_return;
    const std::string why_not = co_await folder_->co_remove(run().runtime());
    if (why_not.empty()) co_return;
    run().news.tell([&](RunObserver& observer) {
      observer.warned("the work folder of the pipe '" + spec().name() + "' could not be removed: " + why_not);
    });
  }

  Error failure(Error cause) const override {
    const bool exited_badly = end_ && !end_->status.success();
    Error error = exited_badly ? bad_exit(cause) : PipeJob::failure(std::move(cause));
    const std::string last_lines = child_ ? mask_.masked(child_->last_lines()) : std::string();
    if (last_lines.empty() || error.kind() == ErrorKind::cancelled) return error;
    return std::move(error).server_said(last_lines);
  }

 private:
  Task<> co_prepare_inputs() {
    for (const Input& input : inputs()) {
      if (input.list != nullptr) {
        const fs::path path = co_await co_folder_of(input);
        arguments_.emplace(input.name, path.string());
      } else if (input.feed == Feed::standard_input) {
        SourcePtr source = co_await input.data->co_open(ReadOptions());
        input_ = std::make_unique<InputSource>(std::move(source), tally());
      } else if (input.feed == Feed::path) {
        const fs::path path = co_await co_path_of(input);
        arguments_.emplace(input.name, path.string());
      } else {
        arguments_.emplace(input.name, serve(input));
      }
    }
  }

  /// The file that holds it, or a copy.
  Task<fs::path> co_path_of(const Input& input) {
    RunData& data = *input.data;
    if (const std::optional<fs::path> own = data.local_path()) {
      tally()->bytes_in += data.size().value_or(0);
      co_return *own;
    }
    fs::path path = folder_->in() / (input.name + std::string(extension_of_content_type(data.content_type())));
    SourcePtr source = co_await data.co_open(ReadOptions());
    InputSource counted(std::move(source), tally());
    co_await co_make_plain_file(run().runtime(), counted, path);
    co_return path;
  }

  /// Who streams gets one version or an Error of the store; who opens a path, whatever lies there. What the run has
  /// made itself, under names of its own, nobody replaces.
  Task<> co_check_paths() {
    for (const Input& input : inputs()) {
      if (input.feed != Feed::path || input.data->is_written_here()) continue;
      if (input.list == nullptr) {
        if (input.data->local_path())
          co_await co_check_unchanged(run().storage, input.data->name(), *input.data->stored());
        continue;
      }
      const std::size_t count = input.list->view().ready;
      for (std::size_t i = 0; i < count; ++i) {
        const std::string name = input.data->name() + "[" + std::to_string(i) + "]";
        co_await co_check_unchanged(run().storage, name, input.list->at(i).stored);
      }
    }
  }

  /// A folder with the elements, which are all there.
  Task<fs::path> co_folder_of(const Input& input) {
    fs::path folder = folder_->in() / input.name;
    co_await co_make_list_folder(run().storage, *input.list, folder, tally());
    co_return folder;
  }

  std::string serve(const Input& input) {
    auto resource = std::make_shared<UrlResource>(input.data, tally(), activity());
    // Names of pipes and data may be alike once they are put together; the place of a pipe is its own.
    std::string name = std::to_string(scope().pipe()) + "." + spec().name() + ".";
    std::ranges::replace(name, '/', '.');
    if (scope().element()) name += std::to_string(*scope().element()) + ".";
    name += input.name + std::string(extension_of_content_type(input.data->content_type()));
    run().server->add(name, resource);
    urls_.emplace(name, std::move(resource));
    return run().server->url(name);
  }

  void withdraw_urls() {
    for (const auto& [name, resource] : urls_) run().server->remove(name);
  }

  Task<> co_prepare_outputs() {
    for (const Output& output : outputs()) {
      const std::string& name = output.name;
      if (output.yield == Yield::standard_output) {
        output_ = co_await co_open_output(output);
        streamed_ = &output;
      } else if (output.yield == Yield::folder) {
        const fs::path path = folder_->out() / name;
        co_await co_take_from(path, output);
        arguments_.emplace(name, path.string());
      } else {
        const fs::path path = folder_->out() / (name + std::string(extension_of_content_type(output.type)));
        arguments_.emplace(name, path.string());
        files_.emplace_back(&output, path);
      }
    }
  }

  Task<> co_take_from(fs::path path, const Output& output) {
    auto list = std::make_unique<ListOutput>(run(), output.position, tally(), scope().is_seen());
    fs::path taken = folder_->taken() / output.name;
    std::string type = output.type;
    std::unique_ptr<FolderIntake> intake =
        co_await FolderIntake::co_make(run(), std::move(path), std::move(taken), std::move(list), std::move(type));
    if (!intake->why_late().empty()) {
      run().news.tell([&](RunObserver& observer) {
        observer.warned("the files of '" + output.data->name() + "' are stored only when the pipe '" + spec().name() +
                        "' has ended: " + intake->why_late());
      });
    }
    intakes_.push_back(std::move(intake));
    lists_.push_back(&output);
  }

  Task<> co_start() {
    std::vector<std::string> command;
    for (const Argument& argument : spec().command()) {
      const CommandTemplate parsed = CommandTemplate::parse(argument.text).value();
      command.push_back(parsed.fill([this](const std::string& name) {
        const auto argument = arguments_.find(name);
        return argument == arguments_.end() ? std::string() : argument->second;  // It is absent.
      }));
    }
    SpawnRequest request = SpawnRequest(std::move(command))
                               .environment(with_variables(run().environment, spec().environment()))
                               .folder(folder_->run())
                               .feeds(input_ != nullptr)
                               .drains(output_ != nullptr);
    ChildProcess::StderrListener listener = [this](std::string_view bytes) { pass_on(mask_.add(bytes)); };
    child_ = co_await ChildProcess::co_start(run().runtime(), std::move(request), std::move(listener));
    if (run().journal) co_await co_record_start(*run().journal);
    if (output_) went_live(*streamed_);
    for (const Output* list : lists_) went_live(*list);
  }

  Task<> co_record_start(RunJournal& journal) {
    CommandStarted started;
    started.at = journal.now();
    started.pipe = spec().name();
    started.pid = child_->pid();
    auto look = [pid = child_->pid()] { return process_facts(pid); };
    const std::optional<ProcessFacts> facts = co_await run().runtime().helpers().co_run(std::move(look));
    if (facts) started.start_time = facts->start_time;
    JournalRecord record = std::move(started);
    co_await journal.co_write(std::move(record));
  }

  void pass_on(const std::string& said) { tell(lines_ ? lines_->add(said) : said); }

  void tell(const std::string& said) {
    if (said.empty()) return;
    run().news.tell([&](RunObserver& observer) { observer.said(spec().name(), said); });
  }

  Task<> co_run() {
    gauge().begin();
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    if (gauge().is_measured()) {
      co_await co_until_first(executor, co_run_command(), co_measure());
    } else {
      co_await co_run_command();
    }
    gauge().end();
  }

  Task<> co_run_command() {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    Task<> running = co_run_child();
    for (const auto& intake : intakes_) running = co_until_first(executor, std::move(running), intake->co_watch());
    co_await std::move(running);
  }

  Task<> co_run_child() { end_ = co_await child_->co_run(input_.get(), output_.get()); }

  Task<> co_measure() {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    std::optional<WorkGauge::Pause> starving;
    std::optional<WorkGauge::Pause> blocked;
    for (;;) {
      timer.expires_after(look);
      co_await timer.async_wait(asio::deferred);
      wait(starving, PipeWait::input, child_->lacks_input());
      wait(blocked, PipeWait::output, child_->lacks_room());
    }
  }

  void wait(std::optional<WorkGauge::Pause>& pause, PipeWait wait, bool waits) {
    if (waits && !pause) pause.emplace(gauge(), wait);
    if (!waits) pause.reset();
  }

  Error bad_exit(const Error& cause) const {
    Error error(ErrorKind::pipe_failed, failed_words() + ": " + cause.message());
    if (cause.cause() == nullptr) return error;
    return std::move(error).because(*cause.cause());
  }

  void check_end() const {
    std::optional<Error> broken;
    for (const auto& [name, resource] : urls_) {
      if (!broken) broken = resource->failure();
    }
    if (!end_->status.success()) {
      Error error(ErrorKind::pipe_failed, end_->status.text());
      if (broken) throw std::move(error).because(*broken);
      throw Error(error);
    }
    if (broken) throw Error(*broken);
  }

  /// All have their bytes before the first is committed: a file that was not made leaves nothing.
  Task<> co_store_outputs() {
    const WorkGauge::Pause storing(gauge(), PipeWait::output);
    std::vector<SourcePtr> made;
    for (const auto& [output, path] : files_) {
      SourcePtr file = co_await co_open_made(*output, path);
      made.push_back(std::move(file));
    }
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const std::shared_ptr<OutputSink> sink = co_await co_open_output(*files_[i].first);
      stored_from_files_.push_back(sink);
      co_await co_pump(*made[i], *sink);
    }
    for (const auto& intake : intakes_) co_await intake->co_finish();
    if (output_) co_await output_->co_commit();
    for (const auto& intake : intakes_) co_await intake->list().co_commit();
    for (const std::shared_ptr<OutputSink>& sink : stored_from_files_) co_await sink->co_commit();
  }

  Task<SourcePtr> co_open_made(const Output& output, fs::path path) {
    try {
      co_return co_await co_open_plain_file(run().runtime(), std::move(path));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;
    }
    throw Error(ErrorKind::pipe_failed, "it ended without having made {" + output.name + "}, which it is to write");
  }

  std::unique_ptr<WorkFolder> folder_;
  std::map<std::string, std::string> arguments_;
  std::map<std::string, std::shared_ptr<UrlResource>> urls_;
  std::unique_ptr<InputSource> input_;
  std::shared_ptr<OutputSink> output_;
  const Output* streamed_ = nullptr;
  std::vector<std::pair<const Output*, fs::path>> files_;
  std::vector<std::unique_ptr<FolderIntake>> intakes_;
  std::vector<const Output*> lists_;
  std::vector<std::shared_ptr<OutputSink>> stored_from_files_;
  std::optional<IndexedLines> lines_;
  SecretMask mask_;  // Programs name their input where they complain.
  std::unique_ptr<ChildProcess> child_;
  std::optional<CommandEnd> end_;
};

}  // namespace

std::unique_ptr<PipeJob> make_command_pipe(RunContext& run, PipeScope scope) {
  return std::make_unique<CommandPipe>(run, std::move(scope));
}

}  // namespace coffer
