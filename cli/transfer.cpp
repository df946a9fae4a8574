#include "cli/transfer.hpp"

#include <cerrno>
#include <filesystem>
#include <utility>

#include <coffer/base/checksum.hpp>
#include <coffer/stream/descriptor_stream.hpp>
#include <coffer/stream/pump.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/text.hpp"

namespace coffer::cli {
namespace {

/// Opened without waiting for a named pipe's writer: the source waits, and can be cancelled.
int open_special(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) throw Error::from_errno(errno, "open").during("read").about(path);
  const int flags = ::fcntl(descriptor, F_GETFL);
  ::fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK);
  return descriptor;
}

}  // namespace

Task<Stored> co_transfer(ByteSource& source, ByteSink& sink, Progress& progress) {
  if (source.info().size) progress.set_total(*source.info().size);
  coffer::Progress moved = [&progress](std::uint64_t bytes) { progress.set(bytes); };
  co_await co_pump(source, sink, std::move(moved));
  Stored stored = co_await sink.co_commit();
  co_return stored;
}

JsonObject describe(const Stored& stored, const Progress& progress) {
  JsonObject object;
  object.text("uri", stored.uri.text())
      .number("size", stored.size)
      .text("crc32c", crc32c_text(stored.crc32c))
      .text("content_type", stored.content_type)
      .text("etag", stored.etag);
  add_effort(object, progress);
  return object;
}

void add_effort(JsonObject& object, const Progress& progress) {
  object.seconds("seconds", std::chrono::duration<double>(progress.elapsed()).count());
  object.number("peak_memory", memory_peak());
}

JsonObject describe(const ObjectInfo& info) {
  JsonObject object;
  object.text("uri", info.uri.text());
  if (info.size) {
    object.number("size", *info.size);
  } else {
    object.null("size");
  }
  object.text("modified", format_utc_time(info.modified)).text("content_type", info.content_type);
  object.text("integrity", integrity_name(info.integrity));
  if (info.crc32c) {
    object.text("crc32c", crc32c_text(*info.crc32c));
  } else {
    object.null("crc32c");
  }
  object.text("etag", info.etag);
  JsonObject metadata;
  for (const auto& [name, value] : info.metadata) metadata.text(name, value);
  object.object("metadata", metadata);
  return object;
}

FileArgument::FileArgument(std::string text) : text_(std::move(text)) {
  if (is_standard()) return;
  struct stat facts = {};
  if (::stat(text_.c_str(), &facts) != 0) throw Error::from_errno(errno, "stat").during("read").about(printable(text_));
  if (S_ISDIR(facts.st_mode)) {
    throw Error(ErrorKind::invalid_argument, "is a folder: one file at a time").during("read").about(printable(text_));
  }
  regular_ = S_ISREG(facts.st_mode);
  // Links are followed here: only what they lead to is opened, from its own folder.
  if (regular_) uri_ = Uri::of_file(std::filesystem::canonical(text_).native()).value();
}

std::string FileArgument::shown() const { return is_standard() ? "standard input" : printable(text_); }

Task<SourcePtr> FileArgument::co_open(Session& session) const {
  if (regular_) {
    SourcePtr source = co_await session.storage().co_open(uri_);
    co_return source;
  }
  const int descriptor = is_standard() ? STDIN_FILENO : open_special(text_);
  DescriptorConfig config(descriptor, shown());
  config.owned(!is_standard());
  co_return make_descriptor_source(session.runtime(), std::move(config));
}

}  // namespace coffer::cli
