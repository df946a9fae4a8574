#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <coffer/pipe/pipeline.hpp>

namespace coffer {

/// The C++ pipes of a program by the names that pipeline files have for them: `"routine": "report"`. A value.
class PipeRoutines {
 public:
  PipeRoutines() = default;

  /// Under the pipe's name. A pipe in a file has to read and write the same names, and takes the types of what it
  /// writes, and PipeSpec::reusable(), from here where it says none; one without any names
  /// (`PipeSpec("report").run(routine)`) takes those of the file. Error{invalid_argument} for a name that cannot be or
  /// is there already, and for a pipe that is no coroutine or a batch: the file says what is one.
  ///
  ///     routines.add(typed_pipe("report", co_report, {"texts"}, {"report"}));
  PipeRoutines& add(PipeSpec pipe) &;
  PipeRoutines&& add(PipeSpec pipe) && { return std::move(add(std::move(pipe))); }

  /// Null where there is none.
  const PipeSpec* find(std::string_view name) const noexcept;
  /// Sorted.
  std::vector<std::string> names() const;

 private:
  std::map<std::string, PipeSpec, std::less<>> pipes_;
};

static_assert(!std::is_aggregate_v<PipeRoutines>);

}  // namespace coffer
