#pragma once

#include <string>
#include <vector>

#include <coffer/base/object_info.hpp>

#include "cli/progress.hpp"
#include "cli/session.hpp"

namespace coffer::cli {

/// Moves all of `source` into `sink`, shows it, and commits. All three outlive the task.
Task<Stored> co_transfer(ByteSource& source, ByteSink& sink, Progress& progress);

/// What a commit stored, with the time and the memory it took.
JsonObject describe(const Stored& stored, const Progress& progress);
/// The time and the memory that it took.
void add_effort(JsonObject& object, const Progress& progress);
/// What is known of an object.
JsonObject describe(const ObjectInfo& info);

/// A source over a FILE of the command line: `-` is standard input. Regular files go through the I/O backend,
/// everything else (a pipe, a terminal) through a thread of its own.
class FileArgument {
 public:
  /// Throws Error{not_found}, and Error{invalid_argument} for a folder.
  explicit FileArgument(std::string text);

  bool is_standard() const noexcept { return text_ == "-"; }
  bool is_regular() const noexcept { return regular_; }
  /// As a URI; only of a regular file.
  const Uri& uri() const noexcept { return uri_; }
  /// For people.
  std::string shown() const;
  /// What a Session is told of it.
  std::vector<Uri> typed() const { return regular_ ? std::vector<Uri>{uri_} : std::vector<Uri>(); }
  Task<SourcePtr> co_open(Session& session) const;

 private:
  std::string text_;
  bool regular_ = false;
  Uri uri_;
};

}  // namespace coffer::cli
