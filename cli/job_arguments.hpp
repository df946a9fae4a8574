#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <coffer/base/uri.hpp>

#include "cli/file_target.hpp"
#include "cli/names.hpp"
#include "cli/pipeline_job.hpp"
#include "cli/transfer.hpp"

namespace coffer::cli {

/// Where an input comes from.
struct JobInput {
  std::string name;
  std::optional<FileArgument> file;
  Uri uri;
  bool is_list = false;
  std::vector<Uri> elements;  ///< Of a list that is a folder; else its URI says what it is.
  Uri folder;                 ///< That folder.
};

/// Where an output goes besides the store.
struct JobOutput {
  std::string name;
  Uri uri;  ///< In the store; empty for a file.
  std::optional<FileTarget> file;
  std::filesystem::path folder;  ///< Of a list; empty where it goes nowhere else.
};

bool is_standard_output(const JobOutput& output);

/// The inputs of the job as its user typed them, in that order. Throws Error where one is no input of the pipeline, is
/// given twice, is not there, or is missing.
std::vector<JobInput> parse_inputs(const PipelineJob& job, const Uri& store);

/// The same of its outputs; nothing is written.
std::vector<JobOutput> parse_outputs(const PipelineJob& job, const Uri& store);

}  // namespace coffer::cli
