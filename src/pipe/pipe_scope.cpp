#include "pipe/pipe_scope.hpp"

#include <utility>

namespace coffer {
namespace {

std::shared_ptr<RunData> element_data(RunContext& run, const std::string& name, const ListElement& element) {
  return std::make_shared<RunData>(run.storage, name, element.stored);
}

std::shared_ptr<RunData> own_output(RunContext& run, const WriteSpec& write) {
  WriteOptions options = WriteOptions().content_type(write.type).prefix(run.prefix);
  Uri uri = run.storage.new_uri(options);
  return std::make_shared<RunData>(run.storage, write.name, std::move(uri), std::move(options));
}

PipeScope::Output output_of(const WriteSpec& write, std::size_t position) {
  PipeScope::Output output;
  output.name = own_name(write);
  output.yield = write.yield;
  output.type = write.type;
  output.position = position;
  output.is_list = write.yield == Yield::folder || write.yield == Yield::list;
  return output;
}

}  // namespace

PipeScope::PipeScope(RunContext& run, std::size_t pipe)
    : pipe_(pipe), is_seen_(run.pipeline.pipes()[pipe].writes_live()) {
  const PipeSpec& spec = run.pipeline.pipes()[pipe];
  for (const ReadSpec& read : spec.reads()) {
    if (!spec.batch() || read.name != spec.batch()->item) add_input(run, read);
  }
  for (const WriteSpec& write : spec.writes()) {
    Output& output = outputs_.emplace_back(output_of(write, run.plan.position(write.name)));
    output.data = run.data[output.position];
  }
}

PipeScope::PipeScope(RunContext& run, std::size_t pipe, const ListElement& element)
    : pipe_(pipe), element_(element.index), is_seen_(false) {
  const PipeSpec& spec = run.pipeline.pipes()[pipe];
  for (const ReadSpec& read : spec.reads()) {
    if (read.name != spec.batch()->item) {
      add_input(run, read);
      continue;
    }
    Input& input = inputs_.emplace_back();
    input.name = own_name(read);
    input.data = element_data(run, read.name, element);
    input.feed = read.feed;
  }
  for (const WriteSpec& write : spec.writes()) {
    Output& output = outputs_.emplace_back(output_of(write, run.plan.position(write.name)));
    output.data = own_output(run, write);
  }
}

void PipeScope::add_input(RunContext& run, const ReadSpec& read) {
  const std::size_t position = run.plan.position(read.name);
  if (run.board->is_left_out(position)) return;
  Input& input = inputs_.emplace_back();
  input.name = own_name(read);
  input.data = run.data[position];
  input.feed = read.feed;
  input.list = run.lists[position].get();
}

}  // namespace coffer
