#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <coffer/pipe/keep.hpp>
#include <coffer/pipe/pipeline.hpp>

#include "cli/run_files.hpp"
#include "cli/session.hpp"

namespace coffer::cli {

/// How files among the inputs are taken.
enum class FileInputs : std::uint8_t {
  stored,      ///< Stored while pipes read them.
  read_there,  ///< Read where they lie.
};

/// What `run` and `exec` have in common: a pipeline, with what its inputs and outputs are as typed.
struct PipelineJob {
  Pipeline pipeline;
  std::vector<std::string> inputs;   ///< "name=FILE|-|URI"
  std::vector<std::string> outputs;  ///< "name=FILE|-|URI"
  FileInputs files = FileInputs::stored;
  bool overlap = true;
  bool live = false;  ///< Other processes may follow what is stored.
  RunFileNames run_files;
  std::vector<std::string> pipeline_files;  ///< The paths of those that the pipeline was read from.
  /// The run's id; empty: it has none, and is not written down.
  std::string run;
  /// Whether inputs may be left out, as the run may have them.
  bool may_have_begun = false;
  bool only_resumes = false;  ///< Begins no run.
  Keep keep = Keep::outputs;
  bool reuse = false;  ///< Of earlier runs.
  std::string note;    ///< Said before it starts, once all arguments fit; may be empty.
};

/// Runs it to its end, shows it, and prints where the outputs are. Throws Error; before anything starts where an
/// argument does not fit.
int run_job(const Call& call, PipelineJob job);

/// Under this key a run's journal has the file of an output, as a file URI, or "-".
std::string file_note(const std::string& output);
/// Under this key it has something where other processes may follow what is stored.
inline constexpr const char* live_note = "live";
/// Under this key it has the path of a program with C++ pipes that began it.
inline constexpr const char* program_note = "program";
/// Throws Error{invalid_argument} for what is no word of `Keep`.
Keep parse_keep(const std::string& text);

}  // namespace coffer::cli
