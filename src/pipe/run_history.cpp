#include "pipe/run_history.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <coffer/pipe/list.hpp>

#include "pipe/store_rename.hpp"

namespace coffer {
namespace {

/// Adds what one record says.
class Replay {
 public:
  explicit Replay(RunHistory& history) : history_(history) {}

  void operator()(RunBegun record) const {
    if (!history_.begun) history_.first_begun = record.at;
    changed(record.at);
    if (!record.work_folder.empty()) history_.work_folders.push_back(record.work_folder);
    history_.begun = std::move(record);
    history_.failed.reset();
  }
  void operator()(InputStored record) const {
    changed(record.at);
    std::string name = record.object.name;
    history_.stored.insert_or_assign(std::move(name), std::move(record));
  }
  void operator()(CommandStarted record) const {
    changed(record.at);
    history_.started.push_back(std::move(record));
  }
  void operator()(BatchBegun record) const {
    RunHistory::Batch& batch = history_.batches[record.pipe];
    if (batch.begun.identity != record.identity || batch.begun.inputs != record.inputs) batch.elements.clear();
    batch.begun = std::move(record);
  }
  void operator()(ElementFinished record) const {
    auto& elements = history_.batches[record.pipe].elements;
    const std::uint64_t index = record.index;
    elements.insert_or_assign(index, std::move(record));
  }
  void operator()(PipeFinished record) const {
    changed(record.at);
    std::string pipe = record.pipe;
    history_.batches.erase(pipe);
    history_.skipped.erase(pipe);
    give_up(pipe);
    history_.finished.insert_or_assign(std::move(pipe), std::move(record));
  }
  void operator()(ContentHashed record) const {
    ContentName content = record.content;
    history_.hashed.insert_or_assign(std::move(content), std::move(record));
  }
  void operator()(PipeSkipped record) const {
    changed(record.at);
    std::string pipe = record.pipe;
    give_up(pipe);
    history_.skipped.insert_or_assign(std::move(pipe), std::move(record));
  }
  void operator()(const PipeAgain& record) const {
    if (record.is_input) {
      history_.stored.erase(record.name);
    } else {
      give_up(record.name);
      history_.batches.erase(record.name);
    }
  }
  void operator()(RunFinished record) const {
    changed(record.at);
    history_.completed = std::move(record);
  }
  void operator()(const RunTidied&) const { history_.is_tidied = true; }
  void operator()(RunFailed record) const {
    changed(record.at);
    history_.failed = std::move(record);
  }
  void operator()(RunDisposing record) const {
    changed(record.at);
    history_.disposing = record;
  }

 private:
  void give_up(const std::string& pipe) const {
    const auto finished = history_.finished.find(pipe);
    if (finished == history_.finished.end()) return;
    std::ranges::copy_if(finished->second.outputs, std::back_inserter(history_.lists_given_up),
                         [](const RunObject& output) { return is_list_type(output.stored.content_type); });
    history_.finished.erase(finished);
  }
  void changed(JournalTime at) const { history_.last_change = std::max(history_.last_change, at); }

  RunHistory& history_;
};

/// How what stands behind this record is renamed; nothing where the store is called as it was then.
std::optional<StoreRename> rename_since(const RunBegun& begun, const Uri& store) {
  const Result<Uri> then = Uri::parse(begun.store);
  if (!then || then->text() == store.text()) return std::nullopt;
  return StoreRename{*then, store};
}

}  // namespace

Result<RunHistory> replay_journal(std::string_view run, std::span<const JournalSegment> segments, const Uri& store) {
  Result<JournalContents> contents = read_journal(run, segments);
  if (!contents) return contents.error();
  RunHistory history;
  history.run = run;
  history.next_number = contents->next_number;
  history.next_after = contents->next_after;
  for (SegmentHeader& header : contents->headers) history.holders.push_back(std::move(header.holder));
  std::optional<StoreRename> rename;
  for (JournalContents::Record& text : contents->records) {
    Result<JournalRecord> record = decode_record(std::move(text.json));
    if (!record) {
      const ErrorKind kind =
          record.error().kind() == ErrorKind::unsupported ? ErrorKind::unsupported : ErrorKind::corrupt;
      return Error(kind, "the journal of the run " + history.run + " cannot be read in its segment " +
                             segment_name(text.segment) + " at byte " + std::to_string(text.offset) + ": " +
                             record.error().message());
    }
    if (const auto* const begun = std::get_if<RunBegun>(&*record)) {
      rename = rename_since(*begun, store);
    }
    if (rename) rename->apply(*record);
    std::visit(Replay(history), std::move(*record));
  }
  return history;
}

}  // namespace coffer
