#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <coffer/async/task.hpp>
#include <coffer/base/source_place.hpp>

namespace coffer {

class PipeIo;

/// How a pipe gets an input.
enum class Feed : std::uint8_t {
  standard_input,  ///< A command's stdin: streams while the input is still being written.
  path,            ///< A file: the committed object, so the pipe waits for the commit. Of a list, a folder.
  url,             ///< An address on loopback that answers ranges: streams; a range not yet written waits.
  stream,          ///< A C++ coroutine's ByteSource, of a list its ListReader: streams.
};

/// Where a pipe leaves an output.
enum class Yield : std::uint8_t {
  standard_output,  ///< A command's stdout: readers stream it while it is being written.
  path,             ///< A file that the command makes: stored once the command has ended.
  stream,           ///< A C++ coroutine's ByteSink: readers stream it while it is being written.
  folder,           ///< Files that a command puts into a folder: a list of them, each stored when it is complete.
  list,             ///< A C++ coroutine's ListSink: a list.
};

/// The word in a pipeline file: "stdin", "path", "url"; "stream" for C++.
std::string_view to_string(Feed feed) noexcept;
/// The word in a pipeline file: "stdout", "path", "folder"; "stream", "list" for C++.
std::string_view to_string(Yield yield) noexcept;

/// Names of pipelines, pipes and what they hand each other: a letter or '_', then letters, digits, '_' and '-', at
/// most 64.
bool is_pipeline_name(std::string_view text) noexcept;
/// The same for what comes of a pipeline inside another: up to 10 such names, joined by '/'.
bool is_qualified_name(std::string_view text) noexcept;
/// What a pipe may declare as a variable of its command: not empty, without '=', and none of Coffer's own, COFFER_…
bool is_variable_name(std::string_view text) noexcept;
/// What a pipe itself calls what it reads or writes.
template <class Spec>
const std::string& own_name(const Spec& spec) noexcept {
  return spec.as.empty() ? spec.name : spec.as;
}
/// "type/subtype", with parameters of printable ASCII after a ';'.
bool is_media_type(std::string_view text) noexcept;

/// Something that comes from outside. The type, of a list that of its elements, may be empty: unknown.
struct InputSpec {
  std::string name;
  std::string type;
  bool is_list = false;
  SourcePlace place;
};

/// A name that the pipeline hands out.
struct OutputSpec {
  std::string name;
  SourcePlace place;
};

/// A name that a pipe reads.
struct ReadSpec {
  std::string name;
  Feed feed = Feed::stream;
  /// Whether the pipe runs without it where it is absent; else the pipe is skipped.
  bool optional = false;
  /// What the pipe itself calls it, in `{name}` or to its PipeIo; empty: the same.
  std::string as;
  SourcePlace place;
};

/// A name that a pipe writes. The type, of a list that of its elements, may be empty: unknown.
struct WriteSpec {
  std::string name;
  Yield yield = Yield::stream;
  std::string type;
  /// What the pipe itself calls it, in `{name}` or to its PipeIo; empty: the same.
  std::string as;
  SourcePlace place;
};

/// One argument of a command. `{name}` stands for that input's path or URL, or that output's path; `{{` for a brace.
struct Argument {
  std::string text;
  SourcePlace place;
};

/// A pipe that runs once for each element of a list. What else it reads is the same each time; each name that it writes
/// becomes a list, with one element for each that it read, in their order.
struct BatchSpec {
  static constexpr std::size_t usual = 8;
  static constexpr std::size_t most = 1000;

  /// The list.
  std::string over;
  /// What the pipe calls the element among the names that it reads.
  std::string item;
  /// How many run at a time, 1 to 1000.
  std::size_t at_most = usual;
  SourcePlace place;
};

/// A pipe that runs again where it failed. What it writes is seen by others only when it has ended well, and a batch
/// has its attempts for each element.
struct RetrySpec {
  static constexpr std::size_t most = 100;
  static constexpr std::chrono::milliseconds usual_wait{1000};

  /// In all, 1 to 100.
  std::size_t attempts = 1;
  /// Before the second attempt; twice as long before each that follows, of which chance takes off up to the half; never
  /// more than 5 minutes.
  std::chrono::milliseconds wait = usual_wait;
  SourcePlace place;
};

/// A pipe that runs only where a small content, or a member of a JSON object, is one of some texts, or none of them.
/// Else it is skipped: what it writes is absent.
struct ConditionSpec {
  /// Of the content in bytes. A line break at its end does not count.
  static constexpr std::size_t most_bytes = std::size_t{64} << 10U;

  /// What is looked at, once it is committed.
  std::string name;
  /// Of the object; empty: the whole content. What is no string counts as it is written.
  std::string member;
  std::vector<std::string> texts;
  /// Whether it must be none of the texts.
  bool is_negated = false;
  SourcePlace place;
};

/// A pipe in C++: reads its inputs from the PipeIo and writes its outputs to it, which outlives the task.
using PipeRoutine = std::function<Task<>(PipeIo& io)>;

/// One step of a pipeline: what it reads, what it writes, and either a command or a C++ coroutine. A value.
class PipeSpec {
 public:
  PipeSpec() = default;
  explicit PipeSpec(std::string name) : name_(std::move(name)) {}

  PipeSpec& reads(std::string name, Feed feed = Feed::stream) &;
  PipeSpec&& reads(std::string name, Feed feed = Feed::stream) && { return std::move(reads(std::move(name), feed)); }
  PipeSpec& reads(ReadSpec read) &;
  /// What may be absent: then the pipe runs without it.
  PipeSpec& reads_if_there(std::string name, Feed feed = Feed::stream) &;
  PipeSpec&& reads_if_there(std::string name, Feed feed = Feed::stream) && {
    return std::move(reads_if_there(std::move(name), feed));
  }

  /// Through a ByteSink.
  PipeSpec& writes(std::string name, std::string type = "") &;
  PipeSpec&& writes(std::string name, std::string type = "") && {
    return std::move(writes(std::move(name), std::move(type)));
  }
  PipeSpec& writes(std::string name, Yield yield, std::string type = "") &;
  PipeSpec&& writes(std::string name, Yield yield, std::string type = "") && {
    return std::move(writes(std::move(name), yield, std::move(type)));
  }
  PipeSpec& writes(WriteSpec write) &;
  /// A list, through a ListSink.
  PipeSpec& writes_list(std::string name, std::string type = "") & {
    return writes(std::move(name), Yield::list, std::move(type));
  }
  PipeSpec&& writes_list(std::string name, std::string type = "") && {
    return std::move(writes_list(std::move(name), std::move(type)));
  }

  /// Once for each element of the list `over`, which it reads as `item`: as BatchSpec has it.
  PipeSpec& batch(std::string over, std::string item, std::size_t at_most = BatchSpec::usual) &;
  PipeSpec&& batch(std::string over, std::string item, std::size_t at_most = BatchSpec::usual) && {
    return std::move(batch(std::move(over), std::move(item), at_most));
  }
  PipeSpec& batch(BatchSpec batch) & {
    batch_ = std::move(batch);
    return *this;
  }

  /// The program and its arguments; never a shell's text. Replaces a routine.
  PipeSpec& command(const std::vector<std::string>& arguments) &;
  PipeSpec&& command(const std::vector<std::string>& arguments) && { return std::move(command(arguments)); }
  PipeSpec& command(std::vector<Argument> arguments, SourcePlace place) &;

  /// A variable that the command gets, whatever this process has under that name; part of what the pipe is, where a run
  /// is resumed or reused. Not for secrets: journals of runs keep it.
  PipeSpec& environment(std::string name, std::string value) & {
    environment_.insert_or_assign(std::move(name), std::move(value));
    return *this;
  }
  PipeSpec&& environment(std::string name, std::string value) && {
    return std::move(environment(std::move(name), std::move(value)));
  }

  /// Lets RunOptions::reuse() take what this routine has made in an earlier run of the same program file. `depends_on`
  /// tells all that it depends on besides its inputs: what it captures, a model's name. Commands need not say so.
  PipeSpec& reusable(std::string depends_on) & {
    reusable_ = std::move(depends_on);
    return *this;
  }
  PipeSpec&& reusable(std::string depends_on) && { return std::move(reusable(std::move(depends_on))); }

  /// A coroutine. What it captures lives in the pipeline. Replaces a command.
  PipeSpec& run(PipeRoutine routine) &;
  PipeSpec&& run(PipeRoutine routine) && { return std::move(run(std::move(routine))); }

  /// A coroutine that programs know by this name (PipeRoutines), so that a pipeline file can say it; null where this
  /// program does not. Replaces a command.
  PipeSpec& routine(std::string name, PipeRoutine routine, SourcePlace place = {}) &;
  PipeSpec&& routine(std::string name, PipeRoutine routine, SourcePlace place = {}) && {
    return std::move(this->routine(std::move(name), std::move(routine), place));
  }

  /// As RetrySpec has it.
  PipeSpec& retry(std::size_t attempts, std::chrono::milliseconds wait = RetrySpec::usual_wait) &;
  PipeSpec&& retry(std::size_t attempts, std::chrono::milliseconds wait = RetrySpec::usual_wait) && {
    return std::move(retry(attempts, wait));
  }
  PipeSpec& retry(RetrySpec retry) & {
    retry_ = retry;
    return *this;
  }

  /// Runs only where the content of this name is one of the texts, as ConditionSpec has it. Of several conditions all
  /// must hold.
  PipeSpec& when(std::string name, std::vector<std::string> is) &;
  PipeSpec&& when(std::string name, std::vector<std::string> is) && {
    return std::move(when(std::move(name), std::move(is)));
  }
  /// Runs only where it is none of the texts.
  PipeSpec& when_not(std::string name, std::vector<std::string> is) &;
  PipeSpec&& when_not(std::string name, std::vector<std::string> is) && {
    return std::move(when_not(std::move(name), std::move(is)));
  }
  PipeSpec& when(ConditionSpec condition) & {
    conditions_.push_back(std::move(condition));
    return *this;
  }

  /// How long an attempt may take, of a batch one of an element, waiting for inputs included. Default: for ever.
  PipeSpec& timeout(std::optional<std::chrono::milliseconds> limit) & {
    timeout_ = limit;
    return *this;
  }
  PipeSpec&& timeout(std::optional<std::chrono::milliseconds> limit) && { return std::move(timeout(limit)); }

  PipeSpec& at(SourcePlace place) & {
    place_ = place;
    return *this;
  }

  const std::string& name() const noexcept { return name_; }
  const std::vector<ReadSpec>& reads() const noexcept { return reads_; }
  const std::vector<WriteSpec>& writes() const noexcept { return writes_; }
  /// Nothing for a pipe that runs once.
  const std::optional<BatchSpec>& batch() const noexcept { return batch_; }
  const RetrySpec& retry() const noexcept { return retry_; }
  /// All of them must hold; none for a pipe that always runs.
  const std::vector<ConditionSpec>& conditions() const noexcept { return conditions_; }
  /// Whether what the pipe writes is seen by others while it still runs: not where it may have to be written again.
  bool writes_live() const noexcept { return batch_ || retry_.attempts == 1; }
  const std::optional<std::chrono::milliseconds>& timeout() const noexcept { return timeout_; }
  /// Empty for a coroutine.
  const std::vector<Argument>& command() const noexcept { return command_; }
  bool is_command() const noexcept { return !command_.empty(); }
  /// By name.
  const std::map<std::string, std::string>& environment() const noexcept { return environment_; }
  /// Nothing where a routine does not say what it depends on.
  const std::optional<std::string>& reusable() const noexcept { return reusable_; }
  /// Empty for a command, and for a name that this program does not know.
  const PipeRoutine& routine() const noexcept { return routine_; }
  /// Empty where no pipeline file can say it.
  const std::string& routine_name() const noexcept { return routine_name_; }
  SourcePlace place() const noexcept { return place_; }
  /// Of the command or the routine's name; the pipe's own where it has none.
  SourcePlace command_place() const noexcept { return command_place_.known() ? command_place_ : place_; }

 private:
  std::string name_;
  std::vector<ReadSpec> reads_;
  std::vector<WriteSpec> writes_;
  std::optional<BatchSpec> batch_;
  RetrySpec retry_;
  std::vector<ConditionSpec> conditions_;
  std::optional<std::chrono::milliseconds> timeout_;
  std::vector<Argument> command_;
  std::map<std::string, std::string> environment_;
  std::optional<std::string> reusable_;
  PipeRoutine routine_;
  std::string routine_name_;
  SourcePlace place_;
  SourcePlace command_place_;
};

/// Pipes with the names that they read and write; order, parallelism and overlap follow from the names. A value, not
/// checked: `check_pipeline` says what is wrong with it, and what will stream and what will wait.
class Pipeline {
 public:
  Pipeline() = default;
  explicit Pipeline(std::string name) : name_(std::move(name)) {}

  Pipeline& input(std::string name, std::string type = "") &;
  Pipeline&& input(std::string name, std::string type = "") && {
    return std::move(input(std::move(name), std::move(type)));
  }
  Pipeline& input(InputSpec input) &;
  /// A list from outside; the type is that of its elements.
  Pipeline& input_list(std::string name, std::string type = "") &;
  Pipeline&& input_list(std::string name, std::string type = "") && {
    return std::move(input_list(std::move(name), std::move(type)));
  }

  Pipeline& output(std::string name) &;
  Pipeline&& output(std::string name) && { return std::move(output(std::move(name))); }
  Pipeline& output(OutputSpec output) &;

  Pipeline& pipe(PipeSpec pipe) &;
  Pipeline&& pipe(PipeSpec pipe) && { return std::move(this->pipe(std::move(pipe))); }

  const std::string& name() const noexcept { return name_; }
  const std::vector<InputSpec>& inputs() const noexcept { return inputs_; }
  const std::vector<OutputSpec>& outputs() const noexcept { return outputs_; }
  const std::vector<PipeSpec>& pipes() const noexcept { return pipes_; }
  /// Whether this name stands for a list: from outside, or as a pipe writes it.
  bool is_list(std::string_view name) const noexcept;

 private:
  std::string name_;
  std::vector<InputSpec> inputs_;
  std::vector<OutputSpec> outputs_;
  std::vector<PipeSpec> pipes_;
};

static_assert(!std::is_aggregate_v<PipeSpec> && !std::is_aggregate_v<Pipeline>);

}  // namespace coffer
