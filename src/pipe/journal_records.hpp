#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <coffer/base/error.hpp>
#include <coffer/base/object_info.hpp>
#include <coffer/base/result.hpp>
#include <coffer/pipe/keep.hpp>

namespace coffer {

// What a run's journal says: docs/journal_format.md has each member. Values without I/O.

using JournalTime = std::chrono::system_clock::time_point;

/// How an input of a run was given.
struct GivenInput {
  std::string name;
  /// Stored by the run; else an object that was there.
  bool is_ingested = false;
  /// Where it can be read from (again); empty for a stream.
  std::string uri;
  /// Of what was there then; empty where unknown.
  std::string etag;
  /// Objects that were there: the URI is where the list came from, and the etag one of all of theirs.
  bool is_list = false;
};

/// A run begins, or is resumed: the last of these counts.
struct RunBegun {
  JournalTime at;
  std::string coffer;  ///< Its version.
  /// The URI that the store was opened by; empty in what older versions wrote.
  std::string store;
  /// Begins the names of all objects that the run makes, and of no others.
  std::string prefix;
  std::string pipeline_name;
  /// As a pipeline file; empty where it has C++ pipes that no file can name.
  std::string pipeline;
  std::vector<std::string> outputs;  ///< The names that the pipeline hands out.
  bool overlap = true;
  /// Whether it takes from earlier runs.
  bool reuse = false;
  Keep keep = Keep::outputs;
  /// Where its commands work, in folders below; empty where it has none.
  std::string work_folder;
  std::vector<GivenInput> inputs;
  /// URIs of what was given a place of its own, by name.
  std::map<std::string, std::string> places;
  /// RunOptions::remember().
  std::map<std::string, std::string> notes;
};

/// An object of a run, or a content that stays in memory: that has no URI, and an etag of the run's own.
struct RunObject {
  std::string name;
  Stored stored;
  std::optional<std::string> content;
};

/// An input was stored.
struct InputStored {
  JournalTime at;
  RunObject object;
};

struct CommandStarted {
  JournalTime at;
  std::string pipe;
  std::int64_t pid = 0;
  /// Of /proc/PID/stat, in ticks since the machine's start: whether the pid is still that command.
  std::int64_t start_time = 0;
};

/// What a pipe is, as far as it tells whether the same would come of it again.
struct PipeIdentity {
  std::string program;  ///< The file that runs: the command's, or for a C++ pipe this program's.
  std::string file;     ///< Device, inode, size and mtime of that file.
  std::string spec;     ///< What it reads and writes and its arguments, as a pipeline file has them.
  friend bool operator==(const PipeIdentity&, const PipeIdentity&) = default;
};

struct UsedInput {
  std::string name;
  std::string uri;  ///< Empty for a content that stays in memory.
  std::string etag;
  friend bool operator==(const UsedInput&, const UsedInput&) = default;
};

/// A pipe has ended well: all that it read is committed, and its outputs are durable.
struct PipeFinished {
  JournalTime at;
  std::string pipe;
  PipeIdentity identity;
  std::vector<UsedInput> inputs;
  std::vector<RunObject> outputs;
};

/// A batch works on its list: what each of its elements is made with, but for the element itself. Where it is the same
/// as before, elements that had finished count still.
struct BatchBegun {
  std::string pipe;
  PipeIdentity identity;
  std::vector<UsedInput> inputs;
};

/// One element of a batch has ended well, and its outputs are durable.
struct ElementFinished {
  std::string pipe;
  std::uint64_t index = 0;
  UsedInput element;
  /// In the order of the pipe's outputs.
  std::vector<RunObject> outputs;
};

/// What tells a content without reading it: where it is, or was, and which one of that name. What stays in memory has
/// no URI.
struct ContentName {
  std::string uri;
  std::string etag;
  friend auto operator<=>(const ContentName&, const ContentName&) = default;
};

/// A content was read as a whole.
struct ContentHashed {
  ContentName content;
  std::uint64_t size = 0;
  std::string sha256;  ///< 64 hexadecimal digits.
};

/// A pipe was not run, and nothing that it would have written is there.
struct PipeSkipped {
  JournalTime at;
  std::string pipe;
  std::string spec;  ///< As PipeIdentity has it.
  std::string why;
  /// What its condition was decided by; nothing where something that it reads is absent.
  std::optional<UsedInput> looked_at;
  std::string absent;  ///< The name of that.
};

/// A pipe that had finished is run again, or an input stored again: what is recorded of it counts no more.
struct PipeAgain {
  std::string name;
  bool is_input = false;
  std::string why;
};

/// All has ended well.
struct RunFinished {
  JournalTime at;
  std::vector<RunObject> outputs;
};

/// What is not kept of a run that has ended well is gone, and so are its pins on what it needs no more.
struct RunTidied {
  JournalTime at;
};

/// It was stopped by an error, or cancelled. It can be resumed.
struct RunFailed {
  JournalTime at;
  std::string kind;
  std::string message;
};

/// From here on its objects are removed.
struct RunDisposing {
  JournalTime at;
  Keep keep = Keep::nothing;
};

using JournalRecord =
    std::variant<RunBegun, InputStored, CommandStarted, BatchBegun, ElementFinished, PipeFinished, PipeSkipped,
                 ContentHashed, PipeAgain, RunFinished, RunTidied, RunFailed, RunDisposing>;

/// As JSON, on one line.
std::string encode_record(const JournalRecord& record);
/// Error{invalid_argument}; Error{unsupported} for a kind of record that is not known.
Result<JournalRecord> decode_record(std::string json);

}  // namespace coffer
