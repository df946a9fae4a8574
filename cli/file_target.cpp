#include "cli/file_target.hpp"

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <coffer/providers/local.hpp>
#include <coffer/stream/descriptor_stream.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "cli/text.hpp"

namespace coffer::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds try_again_after(20);

Error refused(ErrorKind kind, const std::string& message, const fs::path& path) {
  return Error(kind, message).during("write").about(printable(path.native()));
}

/// A device or a pipe. A named pipe can be opened once it has a reader: until then it is tried again, so that the wait
/// can be cancelled.
Task<int> co_open_special(std::string path) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  int descriptor = -1;
  for (;;) {
    descriptor = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (descriptor >= 0 || errno != ENXIO) break;
    timer.expires_after(try_again_after);
    co_await timer.async_wait(boost::asio::deferred);
  }
  if (descriptor < 0) throw Error::from_errno(errno, "open").during("write").about(printable(path));
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
  co_return descriptor;
}

}  // namespace

bool FileTarget::needs_name(const std::string& text) {
  std::error_code ignored;  // Opening it tells.
  return text.empty() || text.ends_with('/') || fs::is_directory(text, ignored);
}

FileTarget::FileTarget(const std::string& text, const std::string& default_name, bool replace) : replace_(replace) {
  if (text == "-") return;
  const fs::path named = needs_name(text) ? fs::path(text) / default_name : fs::path(text);
  path_ = fs::absolute(named);
  std::error_code ignored;  // Opening it tells.
  const fs::file_status status = fs::status(path_, ignored);
  if (fs::is_directory(status))
    throw refused(ErrorKind::invalid_argument, "is a folder: say which FILE to write", named);
  special_ = fs::exists(status) && !fs::is_regular_file(status);
  if (!fs::is_regular_file(status)) return;
  if (!replace_) {
    throw Error(ErrorKind::already_exists, printable(named.native()) + " is there already; -f writes over it");
  }
  // Through a link, the file that it leads to is replaced, not the link.
  path_ = fs::canonical(path_);
}

Task<SinkPtr> FileTarget::co_open(Session& session, std::optional<std::uint64_t> size) const {
  if (is_standard()) {
    co_return make_descriptor_sink(session.runtime(), DescriptorConfig(STDOUT_FILENO, std::string(standard_output)));
  }
  if (special_) {
    const int descriptor = co_await co_open_special(path_.native());
    DescriptorConfig config(descriptor, printable(path_.native()));
    config.owned(true);
    co_return make_descriptor_sink(session.runtime(), std::move(config));
  }
  WriteOptions write;
  if (size) write.size(*size);
  if (!replace_) write.if_absent();
  SinkPtr sink = co_await co_create_file(session.runtime(), session.io(), path_, std::move(write));
  co_return sink;
}

}  // namespace coffer::cli
