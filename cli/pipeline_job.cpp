#include "cli/pipeline_job.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/base/checksum.hpp>
#include <coffer/pipe/executor.hpp>
#include <coffer/pipe/run_observers.hpp>
#include <coffer/pipe/run_recorder.hpp>
#include <coffer/stream/pump.hpp>

#include "cli/exit_code.hpp"
#include "cli/file_target.hpp"
#include "cli/list_arguments.hpp"
#include "cli/names.hpp"
#include "cli/run_display.hpp"
#include "cli/text.hpp"
#include "cli/timeline.hpp"
#include "cli/transfer.hpp"

namespace coffer::cli {
namespace {

namespace fs = std::filesystem;

struct Assignment {
  std::string name;
  std::string value;
};

Error usage(const std::string& message) { return {ErrorKind::invalid_argument, message}; }

Assignment parse_assignment(const std::string& option, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw usage(option + " “" + printable(text) + "”: write NAME=FILE or NAME=URI");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

template <class Specs>
std::string names_of(const Specs& specs) {
  std::string names;
  for (const auto& spec : specs) names += (names.empty() ? "" : ", ") + spec.name;
  return names.empty() ? "none" : names;
}

template <class Specs>
void check_known(const Specs& specs, const Assignment& given, const std::string& option, const std::string& what) {
  const bool known = std::any_of(specs.begin(), specs.end(), [&](const auto& spec) { return spec.name == given.name; });
  if (known) return;
  throw usage(option + " " + printable(given.name) + ": is no " + what +
              " of the pipeline; it has: " + names_of(specs));
}

/// Where an input comes from.
struct Input {
  std::string name;
  std::optional<FileArgument> file;
  Uri uri;
  bool is_list = false;
  std::vector<Uri> elements;  ///< Of a list that is a folder; else its URI says what it is.
  Uri folder;                 ///< That folder.
};

/// Where an output goes besides the store.
struct Output {
  std::string name;
  Uri uri;  ///< In the store; empty for a file.
  std::optional<FileTarget> file;
  fs::path folder;  ///< Of a list; empty where it goes nowhere else.
};

/// Where there is no such file and the store has an object of this key, that may be what is meant.
FileArgument file_named(const std::string& name, const std::string& text, const Uri& store) {
  try {
    return FileArgument(text);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found || store.scheme() != "file" || text.starts_with('/')) throw;
    const Uri object = store.join(text);
    std::error_code ignored;
    if (!fs::is_regular_file(object.path(), ignored)) throw;
    throw Error(ErrorKind::not_found, "there is no file “" + printable(text) +
                                          "” here; for the store's object of this key write -i " + name + "=" +
                                          object.text());
  }
}

Input parse_input(Assignment given, const Uri& store, FileInputs files) {
  Input input;
  input.name = std::move(given.name);
  if (looks_like_uri(given.value)) {
    input.uri = object_named(given.value, store);
    return input;
  }
  FileArgument file = file_named(input.name, given.value, store);
  // What lies in the store is an object already.
  const bool is_there = file.is_regular() && (files == FileInputs::read_there || file.uri().is_below(store));
  if (is_there) {
    input.uri = file.uri();
  } else {
    input.file = std::move(file);
  }
  return input;
}

Input parse_list_input(Assignment given, const Uri& store) {
  Input input;
  input.name = std::move(given.name);
  input.is_list = true;
  std::string folder = std::move(given.value);
  if (looks_like_uri(folder)) {
    input.uri = prefix_named(folder, store);
    if (input.uri.scheme() != "file" || input.uri.is_below(store)) return input;
    folder = std::exchange(input.uri, Uri()).path();
  }
  input.elements = files_of_list(folder);
  input.folder = Uri::of_file((fs::absolute(folder) / "").lexically_normal().native()).value();
  return input;
}

std::vector<Input> parse_inputs(const PipelineJob& job, const Uri& store) {
  std::vector<Input> inputs;
  for (const std::string& text : job.inputs) {
    Assignment given = parse_assignment("-i", text);
    check_known(job.pipeline.inputs(), given, "-i", "input");
    for (const Input& other : inputs) {
      if (other.name == given.name) throw usage("-i " + given.name + ": is given twice");
    }
    inputs.push_back(job.pipeline.is_list(given.name) ? parse_list_input(std::move(given), store)
                                                      : parse_input(std::move(given), store, job.files));
  }
  const auto is_standard = [](const Input& input) { return input.file && input.file->is_standard(); };
  if (std::count_if(inputs.begin(), inputs.end(), is_standard) > 1) {
    throw usage("-i: only one input can be standard input");
  }
  for (const InputSpec& wanted : job.pipeline.inputs()) {
    if (job.may_have_begun) break;
    const bool given = std::any_of(inputs.begin(), inputs.end(), [&](const Input& i) { return i.name == wanted.name; });
    if (given) continue;
    throw usage("the input " + wanted.name + " is missing: give it with -i " + wanted.name +
                (wanted.is_list ? "=FOLDER/" : "=FILE"));
  }
  return inputs;
}

Output parse_output(Assignment given, const Uri& store) {
  Output output;
  output.name = std::move(given.name);
  std::string path = std::move(given.value);
  if (looks_like_uri(path)) {
    output.uri = object_named(path, store);
    if (output.uri.scheme() != "file" || output.uri.is_below(store)) return output;
    path = std::exchange(output.uri, Uri()).path();
  }
  output.file.emplace(path, output.name, true);
  const fs::path folder = output.file->path().parent_path();
  if (output.file->is_standard() || fs::is_directory(folder)) return output;
  throw Error(ErrorKind::not_found,
              "-o " + output.name + ": there is no folder " + printable(folder.native()) + "; make it first");
}

Output parse_list_output(Assignment given, const Uri& store) {
  Output output;
  output.name = std::move(given.name);
  if (!looks_like_uri(given.value)) {
    output.folder = fs::absolute(given.value).lexically_normal();
    return output;
  }
  output.uri = object_named(given.value, store);
  if (output.uri.scheme() == "file" && !output.uri.is_below(store))
    output.folder = std::exchange(output.uri, Uri()).path();
  return output;
}

/// Whether the second would be written over the first.
bool are_one_file(const Output& a, const Output& b) {
  if (!a.file || !b.file || a.file->is_standard()) return false;
  const bool same = a.file->path().lexically_normal() == b.file->path().lexically_normal();
  return same && (!fs::exists(a.file->path()) || fs::is_regular_file(a.file->path()));
}

bool is_standard_output(const Output& output) { return output.file && output.file->is_standard(); }

std::vector<Output> parse_outputs(const PipelineJob& job, const Uri& store) {
  std::vector<Output> outputs;
  for (const std::string& text : job.outputs) {
    Assignment given = parse_assignment("-o", text);
    check_known(job.pipeline.outputs(), given, "-o", "output");
    for (const Output& other : outputs) {
      if (other.name == given.name) throw usage("-o " + given.name + ": is given twice");
    }
    Output output = job.pipeline.is_list(given.name) ? parse_list_output(std::move(given), store)
                                                     : parse_output(std::move(given), store);
    for (const Output& other : outputs) {
      if (are_one_file(output, other))
        throw usage("-o: " + other.name + " and " + output.name + " are to be one file, " +
                    printable(output.file->path().native()));
    }
    outputs.push_back(std::move(output));
  }
  if (std::ranges::count_if(outputs, is_standard_output) > 1) {
    throw usage("-o: only one output can be standard output");
  }
  return outputs;
}

Task<RunInputs> co_open_inputs(Session& session, const std::vector<Input>& inputs) {
  RunInputs opened;
  for (const Input& input : inputs) {
    if (input.is_list) {
      std::vector<Uri> elements = input.elements;
      if (!input.uri.empty()) elements = co_await co_elements_of(session, input.uri);
      opened.list(input.name, std::move(elements), input.uri.empty() ? input.folder : input.uri);
      continue;
    }
    if (!input.file) {
      opened.use(input.name, input.uri);
      continue;
    }
    SourcePtr source = co_await input.file->co_open(session);
    const std::optional<std::uint64_t> size = source->info().size;
    opened.ingest(input.name, std::move(source), size);
    if (input.file->is_regular()) opened.origin(input.name, input.file->uri());
  }
  co_return std::move(opened);
}

Task<> co_write_file(Session& session, Uri from, const FileTarget& to) {
  SourcePtr source = co_await session.storage().co_open(std::move(from));
  SinkPtr sink = co_await to.co_open(session, source->info().size);
  co_await co_pump(*source, *sink);
  co_await sink->co_commit();
}

JsonObject line_of_result(const PipelineJob& job, const RunResult& result,
                          const std::map<std::string, std::string>& places) {
  JsonObject line;
  line.text("event", "done");
  if (!job.run.empty()) line.text("run", job.run);
  line.seconds("wall", std::chrono::duration<double>(result.wall).count());
  line.number("bytes_stored", result.bytes_stored).number("bytes_read", result.bytes_read);
  line.number("bytes_ahead", result.bytes_ahead);
  if (result.hidden) line.seconds("hidden_share", result.hidden->share());
  line.number("peak_memory", result.peak_memory).number("peak_buffers", result.peak_buffers);
  JsonObject outputs;
  for (const auto& [name, stored] : result.outputs) {
    JsonObject output;
    output.text("uri", stored.uri.text()).number("size", stored.size).text("crc32c", crc32c_text(stored.crc32c));
    output.text("content_type", stored.content_type);
    const auto place = places.find(name);
    if (place != places.end()) output.text("file", place->second);
    outputs.object(name, output);
  }
  line.object("outputs", outputs);
  if (job.reuse) {
    JsonObject taken;
    for (const auto& [pipe, run] : result.taken) taken.text(pipe, run);
    line.object("taken", taken);
  }
  if (!result.absent.empty())
    line.texts("absent", std::vector<std::string>(result.absent.begin(), result.absent.end()));
  return line;
}

void show(Console& console, const PipelineJob& job, const RunResult& result,
          const std::map<std::string, std::string>& places, const std::vector<Output>& outputs) {
  if (!result.pipes.empty()) {
    std::string picture = timeline(result, terminal_width());
    if (picture.ends_with('\n')) picture.pop_back();
    console.note("when each worked (░) and gave output (█):\n" + picture);
    console.note(summary(result));
  }
  for (const std::string& name : result.absent)
    console.note(printable(name) + " is absent: what would have written it was skipped");
  if (console.json()) {
    console.result(line_of_result(job, result, places));
    return;
  }
  for (const auto& [name, stored] : result.outputs) {
    const auto place = places.find(name);
    const auto output = std::ranges::find(outputs, name, &Output::name);
    // Who has the bytes on standard output and wants no notes needs no name of them.
    if (console.quiet() && output != outputs.end() && is_standard_output(*output)) continue;
    if (place == places.end() && job.keep == Keep::nothing && (output == outputs.end() || output->uri.empty()))
      continue;
    console.result(name + "\t" + (place != places.end() ? printable(place->second) : stored.uri.text()));
  }
}

/// The run ended well, and only a file could not be written: what was worked for is there.
void say_what_is_stored(Console& console, const RunResult& result) {
  for (const auto& [name, stored] : result.outputs) console.complain(name + " is stored as " + stored.uri.text());
}

/// Files of outputs, by the output's name.
using Places = std::map<std::string, std::string>;

Task<> co_write_files(Session& session, const RunResult& result, const std::vector<Output>& outputs, Places& places) {
  std::exception_ptr failed;
  for (const Output& output : outputs) {
    if ((!output.file && output.folder.empty()) || failed) continue;
    if (result.absent.contains(output.name)) continue;
    Uri from = result.outputs.at(output.name).uri;
    try {
      if (output.folder.empty())
        co_await co_write_file(session, std::move(from), *output.file);
      else
        co_await co_write_list(session, std::move(from), output.folder);
      if (!output.folder.empty())
        places.emplace(output.name, output.folder.native());
      else if (!output.file->is_standard())
        places.emplace(output.name, output.file->path().native());
    } catch (...) {
      failed = std::current_exception();
    }
  }
  if (!failed) co_return;
  if (!is_broken_output(to_error(failed))) say_what_is_stored(session.console(), result);
  std::rethrow_exception(failed);
}

void remember_files(RunOptions& options, const std::vector<Output>& outputs) {
  for (const Output& output : outputs) {
    if (!output.folder.empty()) {
      options.remember(file_note(output.name), Uri::of_file(output.folder.native()).value().raw());
    }
    if (!output.file) continue;
    const bool standard = output.file->is_standard();
    options.remember(file_note(output.name), standard ? "-" : Uri::of_file(output.file->path().native()).value().raw());
  }
}

/// Only the same program can resume a run with C++ pipes of its own.
void remember_program(RunOptions& options, const Pipeline& pipeline) {
  if (std::ranges::all_of(pipeline.pipes(), &PipeSpec::is_command)) return;
  std::error_code ignored;  // It is only told to people.
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  if (!program.empty()) options.remember(program_note, program.native());
}

/// Runs the pipeline and writes the outputs' files.
Task<> co_run_pipeline(Session& session, const PipelineJob& job, const std::vector<Input>& inputs,
                       const std::vector<Output>& outputs, std::shared_ptr<RunRecorder> recorder) {
  RunInputs opened = co_await co_open_inputs(session, inputs);
  Places places;
  const auto display = std::make_shared<RunDisplay>(session.console(), job.pipeline, [&session] { session.cancel(); });
  std::vector<std::shared_ptr<RunObserver>> observers = {display};
  if (recorder) observers.push_back(recorder);
  RunOptions options;
  options.overlap(job.overlap).live(job.live).meter(session.meter()).keep(job.keep);
  options.reuse(job.reuse);
  options.observer(std::make_shared<RunObservers>(std::move(observers)));
  bool delivered = false;
  options.deliver([&](const RunResult& result) {
    display->stop();
    delivered = true;
    return co_write_files(session, result, outputs, places);
  });
  for (const Output& output : outputs) {
    if (!output.uri.empty()) options.store_at(output.name, output.uri);
  }
  if (!job.run.empty()) {
    options.run_id(job.run);
    remember_files(options, outputs);
    remember_program(options, job.pipeline);
  }
  Executor executor(session.storage());
  Pipeline pipeline = job.pipeline;
  std::optional<RunResult> result;
  std::exception_ptr failed;
  try {
    result = co_await executor.co_run(std::move(pipeline), std::move(opened), std::move(options));
    // It had ended well before, perhaps with other files.
    if (!delivered) co_await co_write_files(session, *result, outputs, places);
  } catch (...) {
    failed = std::current_exception();
  }
  display->stop();
  if (result && recorder) recorder->ended(*result);
  if (display->gave_up()) display->check_output();
  if (failed) {
    if (display->has_begun()) {
      const std::string runs = printable(session.program()) + " runs ";
      session.console().note("what is done stays: " + runs + "resume " + job.run + " goes on, " + runs + "dispose " +
                             job.run + " removes it");
    }
    std::rethrow_exception(failed);
  }
  show(session.console(), job, *result, places, outputs);
  display->check_output();
}

Task<int> co_run_job(Session& session, PipelineJob job, std::vector<Input> inputs, std::vector<Output> outputs,
                     RunFiles files) {
  co_await files.co_open(session);
  std::shared_ptr<RunRecorder> recorder;
  if (files.any()) recorder = std::make_shared<RunRecorder>(job.pipeline, session.meter());
  std::exception_ptr failed;
  try {
    co_await co_run_pipeline(session, job, inputs, outputs, recorder);
  } catch (...) {
    failed = std::current_exception();
  }
  // A run that was interrupted is drawn, too.
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
  try {
    if (recorder) co_await files.co_write(session, recorder->recording());
  } catch (...) {
    if (failed) session.console().complain(to_error(std::current_exception()).what());
    if (!failed) failed = std::current_exception();
  }
  if (failed) std::rethrow_exception(failed);
  co_return exit_done;
}

}  // namespace

int run_job(const Call& call, PipelineJob job) {
  const Settings settings = resolve(call.options);
  std::vector<Input> inputs = parse_inputs(job, settings.root);
  std::vector<Output> outputs = parse_outputs(job, settings.root);
  RunFiles files(job.run_files);
  for (const Output& output : outputs) {
    if (output.file) files.check_apart(*output.file, "-o " + output.name);
  }
  if (std::ranges::any_of(outputs, is_standard_output)) call.console.set_output_taken(true);
  if (!job.note.empty()) call.console.note(job.note);
  std::vector<Uri> typed;
  for (const Input& input : inputs) {
    if (!input.file && !input.uri.empty()) typed.push_back(input.uri);
    typed.insert(typed.end(), input.elements.begin(), input.elements.end());
    if (input.file && input.file->is_regular()) typed.push_back(input.file->uri());
  }
  Session session(call, settings, typed);
  return session.run(co_run_job(session, std::move(job), std::move(inputs), std::move(outputs), std::move(files)));
}

std::string file_note(const std::string& output) { return "file " + output; }

Keep parse_keep(const std::string& text) {
  for (const Keep keep : {Keep::everything, Keep::outputs, Keep::nothing}) {
    if (to_string(keep) == text) return keep;
  }
  throw usage("--keep: “" + printable(text) + "” is none of everything, outputs, nothing");
}

}  // namespace coffer::cli
