#include "pipe/list_output.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include <coffer/stream/pump.hpp>

#include "pipe/list_format.hpp"
#include "stream/sink_writer.hpp"

namespace coffer {

ListOutput::ListOutput(RunContext& run, std::size_t position, std::shared_ptr<RunTally> tally, bool seen)
    : run_(run), position_(position), list_(*run.lists[position]), tally_(std::move(tally)), seen_(seen) {}

ListOutput::~ListOutput() {
  if (seen_ && !committed_) list_.fail(Error(ErrorKind::writer_failed, "its writer left without a commit"));
}

Task<> ListOutput::co_store(std::size_t index, ByteSource& source, std::string type) {
  if (type.empty()) type = run_.plan.data()[position_].type;
  WriteOptions options = WriteOptions().content_type(std::move(type)).prefix(run_.prefix);
  SinkPtr sink = co_await run_.storage.co_create(std::move(options));
  co_await co_pump(source, *sink);
  Stored stored = co_await sink->co_commit();
  tally_->bytes_out += stored.size;
  ++tally_->elements;
  put(index, std::move(stored));
}

void ListOutput::put(std::size_t index, Stored element) {
  list_.put(index, std::move(element));
  if (index != 0 || !seen_) return;
  const std::chrono::nanoseconds now = run_.news.now();
  tally_->gave_output(now);
  run_.news.tell([&](RunObserver& observer) { observer.first_byte(list_.name(), now); });
}

Task<Stored> ListOutput::co_commit() {
  RunData& data = *run_.data[position_];
  own_object_ = co_await data.co_writer();
  co_await co_write_own_object();
  Stored stored = co_await own_object_->co_commit();
  committed_ = stored;
  if (seen_) {
    run_.news.tell([&](RunObserver& observer) { observer.committed(list_.name(), stored, run_.news.now()); });
    list_.complete();
  }
  data.set_stored(stored);
  if (seen_) run_.board->committed(position_);
  co_return stored;
}

Task<> ListOutput::co_write_own_object() {
  SinkWriter writer(*own_object_);
  const std::string begin = list_begin(place_of(run_.storage, run_.data[position_]->uri()));
  co_await writer.co_write(begin);
  const std::size_t count = list_.view().ready;
  for (std::size_t i = 0; i < count; ++i) {
    std::string line = i == 0 ? "" : std::string(list_gap);
    line += json_of_element(list_.at(i).stored);
    co_await writer.co_write(line);
  }
  co_await writer.co_write(list_end);
  co_await writer.co_flush();
}

Task<> ListOutput::co_discard() {
  if (committed_ && list_.view().is_complete) co_return;
  if (committed_) {
    RemoveOptions own;
    if (!committed_->etag.empty()) own.if_etag(committed_->etag);
    Uri uri = committed_->uri;
    co_await co_try_remove(std::move(uri), std::move(own));
  }
  std::vector<Uri> uris = list_.all();
  for (Uri& uri : uris) co_await co_try_remove(std::move(uri), RemoveOptions());
  committed_.reset();
  if (seen_) co_return;
  list_.clear();
  tally_->elements = 0;
}

Task<> ListOutput::co_try_remove(Uri uri, RemoveOptions options) {
  try {
    co_await run_.storage.co_remove(std::move(uri), std::move(options));
  } catch (const Error&) {
    // The failure that led here counts.
  }
}

}  // namespace coffer
