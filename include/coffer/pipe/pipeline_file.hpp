#pragma once

#include <string>
#include <string_view>

#include <coffer/base/result.hpp>
#include <coffer/pipe/pipeline.hpp>

namespace coffer {

/// Reads the text of a pipeline file (docs/pipeline_format.md, docs/pipeline.schema.json). Every part of the pipeline
/// knows its line and column. Error{invalid_argument} with line, column and the path of the member
/// ("pipes[0].reads.video") for what is not JSON, not of this form, unknown or there twice. Whether the names fit
/// together is `check_pipeline`'s to say.
Result<Pipeline> parse_pipeline(std::string_view text);

/// The text of a pipeline file that parses to the same pipeline. Error{unsupported} where a pipe is a C++ coroutine or
/// has a `stream`: a file cannot say it.
Result<std::string> pipeline_to_json(const Pipeline& pipeline);

/// Whether both say the same as documents: names, types, ways and commands in the same order. Where they stand in a
/// file does not count; coroutines are equal to no other.
bool same_document(const Pipeline& a, const Pipeline& b);

}  // namespace coffer
