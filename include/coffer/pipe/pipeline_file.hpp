#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <coffer/base/result.hpp>
#include <coffer/pipe/pipe_routines.hpp>
#include <coffer/pipe/pipeline.hpp>

namespace coffer {

/// Reads the text of a pipeline file (docs/pipeline_format.md, docs/pipeline.schema.json). Every part of the pipeline
/// knows its line and column. Error{invalid_argument} with line, column and the path of the member
/// ("pipes[0].reads.video") for what is not JSON, not of this form, unknown or there twice. Whether the names fit
/// together is `check_pipeline`'s to say. C++ pipes that it names are left open: such a pipeline cannot run. Pipelines
/// inside it must stand there themselves. Error{too_large} for more than 16 MiB.
Result<Pipeline> parse_pipeline(std::string_view text);
/// The same with the C++ pipes of this program. Error{invalid_argument} with the place also for one that is not among
/// them, and for names that it does not read or write.
Result<Pipeline> parse_pipeline(std::string_view text, const PipeRoutines& routines);

/// A pipeline file.
struct PipelineSource {
  /// What it is called in messages, and told from others by.
  std::string path;
  std::string text;
};

/// Opens what a pipeline file names by "pipeline": the path as it stands there, relative to `from`, the path of that
/// file.
using PipelineOpener = std::function<Result<PipelineSource>(const std::string& path, const std::string& from)>;

/// The same with pipelines inside it, also those in files of their own, each of which has to be right by itself. What
/// is wrong in such a file is told with the place that names it, then its path, line and column.
/// Error{invalid_argument} also for files that name each other in a circle, and for more than 8 in each other.
/// Error{too_large} for a file of more than 1 MiB.
Result<Pipeline> parse_pipeline(const PipelineSource& source, const PipeRoutines& routines, const PipelineOpener& open);

/// The text of a pipeline file that parses to the same pipeline. Error{unsupported} where a file cannot say a pipe: a
/// C++ coroutine without a name that programs know.
Result<std::string> pipeline_to_json(const Pipeline& pipeline);

/// Whether both say the same as documents: names, types, ways and commands in the same order. Where they stand in a
/// file does not count; coroutines are equal where programs know them by the same name.
bool same_document(const Pipeline& a, const Pipeline& b);

}  // namespace coffer
