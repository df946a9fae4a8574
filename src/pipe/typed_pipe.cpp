#include <utility>

#include <coffer/base/byte_size.hpp>
#include <coffer/pipe/typed_pipe.hpp>

namespace coffer::pipe_detail {

Task<std::string> co_load_content(PipeIo& io, std::string name) {
  constexpr std::uint64_t most = std::uint64_t{1} << 30U;
  SourcePtr source = co_await io.co_input(name);
  std::string text;
  while (const std::optional<Chunk> chunk = co_await source->co_read()) {
    if (chunk->size() > most - text.size()) {
      refuse_content(io, name,
                     Error(ErrorKind::too_large,
                           "it has more than " + format_byte_size(most) + ": take it as a SourcePtr, which streams"));
    }
    text.append(chunk->text());
  }
  co_return std::move(text);
}

Task<> co_store_content(PipeIo& io, std::string name, std::string text) {
  return io.co_give(std::move(name), std::move(text));
}

void refuse_content(PipeIo& io, const std::string& name, const Error& why) {
  throw Error(why.kind(), "'" + name + "' of the pipe '" + io.pipe() + "': " + why.message());
}

void check_names(const std::string& pipe, std::string_view what, std::size_t names, std::size_t wanted) {
  if (names == wanted) return;
  throw Error(ErrorKind::invalid_argument, "the pipe '" + pipe + "' names " + std::to_string(names) + " " +
                                               std::string(what) + ", and its function has " + std::to_string(wanted));
}

}  // namespace coffer::pipe_detail
