#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/base/checksum.hpp>
#include <coffer/pipe/content_reference.hpp>
#include <coffer/pipe/memory_offload.hpp>
#include <coffer/pipe/pipeline.hpp>
#include <coffer/storage/spool.hpp>
#include <coffer/storage/storage.hpp>

#include "pipe/commit_group.hpp"
#include "pipe/content_codec.hpp"
#include "pipe/fetch_rules.hpp"
#include "pipe/memory_scanner.hpp"
#include "pipe/offload_plan.hpp"
#include "pipe/text_pieces.hpp"
#include "stream/sink_writer.hpp"

namespace coffer {
namespace {

constexpr std::size_t most_commits = 8;

/// Of the object that a string becomes. `name` stands in front of the string.
std::string content_type_of(ContentForm form, const std::string& url_type, std::string_view name) {
  switch (form) {
    case ContentForm::value:
      return "application/json";
    case ContentForm::text:
    case ContentForm::utf8_text:
      return name.ends_with("_html") ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
    case ContentForm::data_url:
      if (is_media_type(url_type)) return url_type;
      break;
    case ContentForm::base64:
      break;
  }
  return "application/octet-stream";
}

/// What the first reading found.
struct Plan {
  std::vector<PlannedMove> moves;
  std::uint32_t crc32c = 0;  ///< Of the document.
};

Error changed() {
  return {ErrorKind::corrupt, "the working memory changed while it was read; nothing of it was moved"};
}

/// One string on its way into the store.
class MovedString {
 public:
  MovedString(Storage& storage, std::string prefix, ContentForm form, std::string name)
      : storage_(storage), prefix_(std::move(prefix)), name_(std::move(name)), decoder_(form) {
    reference_.form = form;
  }

  /// `inside` as it is written.
  Task<> co_write(std::string_view inside) {
    bytes_.clear();
    decoder_.decode(inside, bytes_);
    co_await co_store_bytes();
  }

  /// All but the commit.
  Task<ContentReference> co_finish() {
    bytes_.clear();
    decoder_.finish(bytes_);
    co_await co_store_bytes();
    if (!writer_) throw changed();
    co_await writer_->co_flush();
    reference_.crc32c = crc_.value();
    co_return reference_;
  }

  SinkPtr take_sink() && { return std::move(sink_); }

 private:
  Task<> co_store_bytes() {
    if (!decoder_.is_ready()) co_return;
    if (!sink_) co_await co_create();
    crc_.update(std::as_bytes(std::span(bytes_)));
    reference_.size += bytes_.size();
    co_await writer_->co_write(bytes_);
  }

  Task<> co_create() {
    WriteOptions write;
    write.prefix(prefix_).content_type(content_type_of(reference_.form, decoder_.type(), name_)).if_absent();
    reference_.type = reference_.form == ContentForm::data_url ? decoder_.type() : write.content_type();
    reference_.uri = storage_.new_uri(write);
    // Inline takes only what is so short for a reference; a program that writes it again may use escapes.
    if (reference_.text().size() > longest_reference / 2) {
      throw Error(ErrorKind::unsupported, "the store's folder has too long a name for references into it: take another")
          .about(reference_.uri.text());
    }
    Uri uri = reference_.uri;
    sink_ = co_await storage_.co_create(std::move(uri), std::move(write));
    writer_.emplace(*sink_, std::max(bytes_.size(), std::size_t{1}));
  }

  Storage& storage_;
  const std::string prefix_;
  const std::string name_;
  ContentDecoder decoder_;
  ContentReference reference_;
  std::string bytes_;
  Crc32c crc_;
  SinkPtr sink_;
  std::optional<SinkWriter> writer_;
};

/// The second reading: moves what the plan says and writes the light document.
class Offload {
 public:
  Offload(Storage& storage, ByteSink& light, Plan plan, const boost::asio::any_io_executor& executor)
      : storage_(storage), light_(light), writer_(light), plan_(std::move(plan)), commits_(executor, most_commits) {
    WriteOptions below;
    below.prefix(std::string(offload_folder) + "/");
    result_.folder = storage.new_uri(below);
    prefix_ = result_.folder.key_below(storage.providers().active()->root()) + "/";
  }

  Task<OffloadResult> co_run(ByteSource& memory, const Progress& progress) {
    std::uint64_t read = 0;
    Crc32c crc;
    while (const std::optional<Chunk> chunk = co_await memory.co_read()) {
      crc.update(chunk->bytes());
      for (const std::string_view piece : TextPieces(chunk->text())) {
        scanner_.feed(piece);
        while (const std::optional<MemoryPart> part = scanner_.next()) co_await co_take(*part);
      }
      read += chunk->size();
      if (progress) progress(read);
    }
    scanner_.end();
    // The plan is of the text that was read first.
    if (crc.value() != plan_.crc32c) throw changed();
    co_await writer_.co_flush();
    co_await commits_.co_all();
    co_await co_commit_light();
    co_return result_;
  }

  /// Takes back what was stored, unless a document may be there that refers to it. Throws nothing.
  Task<> co_undo() {
    if (light_may_be_there_) co_return;
    try {
      co_await commits_.co_abandon();
      Uri all = storage_.providers().active()->uri_of(prefix_);
      RemoveOptions remove;
      remove.recursive();
      co_await storage_.co_remove(std::move(all), std::move(remove));
    } catch (...) {
      storage_.runtime().observer().warn("what was moved could not be removed again; it lies in " +
                                         result_.folder.text() + ": " + to_error(std::current_exception()).message());
    }
  }

 private:
  Task<> co_commit_light() {
    std::optional<Error> unknown;
    try {
      result_.memory = co_await light_.co_commit();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::outcome_unknown) throw;
      unknown = error;
    }
    if (!unknown) co_return;
    light_may_be_there_ = true;
    throw Error(ErrorKind::outcome_unknown, "the light memory may be there and may not survive a power cut; " +
                                                result_.folder.text() + " keeps the data that it refers to")
        .because(std::move(*unknown));
  }

  Task<> co_take(MemoryPart part) {
    switch (part.kind) {
      case MemoryPart::Kind::string_begin:
        if (next_ < plan_.moves.size() && plan_.moves[next_].offset == scanner_.offset()) {
          moved_.emplace(storage_, prefix_, plan_.moves[next_++].form, scanner_.name());
          co_return;
        }
        break;
      case MemoryPart::Kind::string:
        if (moved_) co_return co_await moved_->co_write(part.text);
        break;
      case MemoryPart::Kind::string_end:
        if (moved_) co_return co_await co_end_string();
        break;
      case MemoryPart::Kind::kept:
        break;
    }
    co_await writer_.co_write(part.text);
  }

  Task<> co_end_string() {
    const ContentReference reference = co_await moved_->co_finish();
    SinkPtr sink = std::move(*moved_).take_sink();
    moved_.reset();
    const std::string text = '"' + reference.text() + '"';
    co_await writer_.co_write(text);
    co_await commits_.co_add(std::move(sink));
    ++result_.moved;
    result_.moved_bytes += reference.size;
  }

  Storage& storage_;
  ByteSink& light_;
  SinkWriter writer_;
  const Plan plan_;
  std::size_t next_ = 0;
  bool light_may_be_there_ = false;
  std::string prefix_;
  MemoryScanner scanner_;
  std::optional<MovedString> moved_;
  CommitGroup commits_;
  OffloadResult result_;
};

Task<Plan> co_plan(ByteSource& memory, std::uint64_t inline_below, const FetchRules& rules) {
  OffloadPlanner planner(inline_below, rules);
  Crc32c crc;
  while (const std::optional<Chunk> chunk = co_await memory.co_read()) {
    crc.update(chunk->bytes());
    for (const std::string_view piece : TextPieces(chunk->text())) planner.read(piece);
  }
  Plan plan;
  plan.moves = std::move(planner).take_plan();
  plan.crc32c = crc.value();
  co_return plan;
}

}  // namespace

Task<OffloadResult> co_offload_memory(Storage& storage, SourcePtr memory, ByteSink& light, OffloadOptions options) {
  SourcePtr source = co_await co_rereadable(storage, std::move(memory));
  FetchRules rules({});
  if (const ProviderPtr& store = storage.providers().active()) rules.allow_offloaded(store->root());
  Plan plan = co_await co_plan(*source, options.inline_below(), rules);
  source = co_await source->co_reopen(ByteRange::whole());
  Offload offload(storage, light, std::move(plan), co_await boost::asio::this_coro::executor);
  std::exception_ptr failed;
  try {
    OffloadResult result = co_await offload.co_run(*source, options.progress());
    co_return result;
  } catch (...) {
    failed = std::current_exception();
  }
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
  co_await offload.co_undo();
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::enable_terminal_cancellation());
  std::rethrow_exception(failed);
}

}  // namespace coffer
