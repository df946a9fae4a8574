#include "cli/job_outputs.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include <coffer/base/checksum.hpp>
#include <coffer/stream/pump.hpp>

#include "cli/list_arguments.hpp"
#include "cli/text.hpp"
#include "cli/timeline.hpp"
#include "cli/transfer.hpp"

namespace coffer::cli {
namespace {

Task<> co_write_file(Session& session, Uri from, const FileTarget& to) {
  SourcePtr source = co_await session.storage().co_open(std::move(from));
  SinkPtr sink = co_await to.co_open(session, source->info().size);
  co_await co_pump(*source, *sink);
  co_await sink->co_commit();
}

/// The run ended well, and only a file could not be written: what was worked for is there.
void say_what_is_stored(Console& console, const RunResult& result) {
  for (const auto& [name, stored] : result.outputs) console.complain(name + " is stored as " + stored.uri.text());
}

JsonObject line_of_result(const PipelineJob& job, const RunResult& result, const Places& places) {
  JsonObject line;
  line.text("event", "done");
  if (!job.run.empty()) line.text("run", job.run);
  if (result.ended_before) line.flag("ended_before", true);
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
  if (job.reuse || !result.taken.empty()) {
    JsonObject taken;
    for (const auto& [pipe, run] : result.taken) taken.text(pipe, run);
    line.object("taken", taken);
  }
  if (!result.absent.empty())
    line.texts("absent", std::vector<std::string>(result.absent.begin(), result.absent.end()));
  return line;
}

}  // namespace

Task<> co_write_files(Session& session, const RunResult& result, const std::vector<JobOutput>& outputs,
                      Places& places) {
  std::exception_ptr failed;
  for (const JobOutput& output : outputs) {
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

void show_result(Console& console, const PipelineJob& job, const RunResult& result, const Places& places,
                 const std::vector<JobOutput>& outputs) {
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
    const auto output = std::ranges::find(outputs, name, &JobOutput::name);
    // Who has the bytes on standard output and wants no notes needs no name of them.
    if (console.quiet() && output != outputs.end() && is_standard_output(*output)) continue;
    if (place == places.end() && job.keep == Keep::nothing && (output == outputs.end() || output->uri.empty()))
      continue;
    console.result(name + "\t" + (place != places.end() ? printable(place->second) : stored.uri.text()));
  }
}

}  // namespace coffer::cli
