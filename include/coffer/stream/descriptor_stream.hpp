#pragma once

#include <string>
#include <utility>

#include <coffer/stream/byte_sink.hpp>
#include <coffer/stream/byte_source.hpp>

namespace coffer {

class Runtime;

/// A descriptor that may block: a pipe, a terminal, a socket, a file at its own position. It stays as blocking as it
/// is, for standard input and output are shared with the shell and with other processes.
class DescriptorConfig {
 public:
  /// `name` is what messages call it: "standard input". The descriptor is duplicated: the caller's stays his.
  DescriptorConfig(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}
  /// The stream takes the descriptor itself and closes it. Default false.
  DescriptorConfig& owned(bool on) & {
    owned_ = on;
    return *this;
  }
  DescriptorConfig&& owned(bool on) && { return std::move(owned(on)); }

  int descriptor() const noexcept { return descriptor_; }
  const std::string& name() const noexcept { return name_; }
  bool owned() const noexcept { return owned_; }

 private:
  int descriptor_;
  std::string name_;
  bool owned_ = false;
};

/// Reads a descriptor to its end, on a thread of its own (a read may block for ever), a little ahead of its reader, in
/// buffers of the budget. Chunks are as large as the reader's pace allows: what has come is given at once to one who
/// waits. A cancelled co_read loses no bytes. The size is unknown and it cannot be read again. A pipe is widened to 1
/// MiB.
SourcePtr make_descriptor_source(Runtime& runtime, DescriptorConfig config);

/// Writes to a descriptor, on a thread of its own, a little behind its writer. There is no taking back: what was
/// written before an error or a missing commit has gone out. co_commit returns when all of it was handed to the system;
/// its Stored has no URI. A reader that left is Error{io} with the code EPIPE; no SIGPIPE is raised. A pipe is widened
/// to 1 MiB.
SinkPtr make_descriptor_sink(Runtime& runtime, DescriptorConfig config);

}  // namespace coffer
