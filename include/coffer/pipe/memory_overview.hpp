#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <coffer/async/task.hpp>
#include <coffer/stream/byte_source.hpp>

namespace coffer {

/// A stuff of a working memory, without its data.
struct StuffOverview {
  std::string name;
  /// "native.Text"; empty where the document does not say.
  std::string concept_name;
  /// Of its content in the document, references included.
  std::uint64_t bytes = 0;
  /// Data in the store that its content refers to.
  std::uint64_t references = 0;
  std::uint64_t referenced_bytes = 0;
};

/// What a working memory holds.
struct MemoryOverview {
  /// In the order of the document.
  std::vector<StuffOverview> stuffs;
  /// Other names of stuffs, "main_stuff" among them, and what they stand for.
  std::vector<std::pair<std::string, std::string>> aliases;
  /// Names that were looked for in vain.
  std::vector<std::string> absences;
};

/// Reads a working memory, in any of its forms, and keeps names and sizes. Names of more than 1 KiB are cut and end in
/// "…". `memory` outlives the task. Error{invalid_argument} with line and column for what is no JSON, or no working
/// memory.
Task<MemoryOverview> co_survey_memory(ByteSource& memory);

}  // namespace coffer
