#include <cerrno>
#include <new>
#include <optional>
#include <utility>

#include <boost/system/system_error.hpp>
#include <coffer/base/error.hpp>
#include <coffer/base/terminal_text.hpp>

namespace coffer {
namespace {

// Enough to see what a server or a command meant; all of it is in server_text().
constexpr std::size_t longest_server_text = 300;

/// How an errno value is to be understood.
struct Reading {
  ErrorKind kind = ErrorKind::io;
  Retry retry = Retry::no;
  std::string_view cure = {};
};

Reading reading_of(int value) {
  static_assert(EAGAIN == EWOULDBLOCK && ENOTSUP == EOPNOTSUPP, "else each needs a case of its own");
  switch (value) {
    case ENOENT:
    case ENOTDIR:
      return {ErrorKind::not_found};
    case EEXIST:
      return {ErrorKind::already_exists};
    case EACCES:
    case EPERM:
      return {ErrorKind::permission_denied, Retry::no, "check the owner and the mode of the file and of its folders"};
    case EROFS:
      return {ErrorKind::read_only, Retry::no, "choose another folder, or mount the file system writable"};
    case ENOSPC:
      return {ErrorKind::no_space, Retry::no, "free some space, or choose another folder"};
    case EDQUOT:
      return {ErrorKind::no_space, Retry::no, "free some of the user's quota, or choose another folder"};
    case EMFILE:
      return {ErrorKind::out_of_descriptors, Retry::yes, "raise the limit with ulimit -n"};
    case ENFILE:
      return {ErrorKind::out_of_descriptors, Retry::yes, "raise the machine's limit with sysctl fs.file-max"};
    case ECANCELED:
      return {ErrorKind::cancelled};
    case ETIMEDOUT:
      return {ErrorKind::timed_out, Retry::yes};
    case EFBIG:
      return {ErrorKind::too_large, Retry::no, "the file system or ulimit -f does not allow files of this size"};
    case ENAMETOOLONG:
      return {ErrorKind::too_large, Retry::no,
              "choose a shorter name: most file systems allow 255 bytes between two '/'"};
    case E2BIG:
      return {ErrorKind::too_large};
    case ENOTSUP:
    case ENOSYS:
      return {ErrorKind::unsupported, Retry::no, "this kernel or file system does not have it"};
    case EIO:
      return {ErrorKind::io, Retry::no, "the device failed; the kernel's log (dmesg) says more"};
    case EAGAIN:
    case EINTR:
    case EBUSY:
    case ENOBUFS:
      return {ErrorKind::io, Retry::yes};
    default:
      return {};
  }
}

/// The errno value that a code stands for; 0 where it is none.
int errno_of(const std::error_code& code) {
  if (code.category() == std::system_category() || code.category() == std::generic_category()) return code.value();
  const std::error_condition condition = code.default_error_condition();
  return condition.category() == std::generic_category() ? condition.value() : 0;
}

/// "No such file" -> "no such file", but "I/O error" as it is.
std::string within_a_sentence(std::string text) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (text.size() > 1 && is_upper(text[0]) && is_lower(text[1])) text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

/// What the thrower of a system_error put before the code's own words: "read: End of file" -> "read".
std::string_view context_of(std::string_view text, std::string_view code_message) {
  constexpr std::string_view separator = ": ";
  const std::size_t place = code_message.empty() ? std::string_view::npos : text.find(code_message);
  if (place == std::string_view::npos || !text.substr(0, place).ends_with(separator)) return {};
  return text.substr(0, place - separator.size());
}

void append_escaped(std::string& line, unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  line += "\\x";
  line += digits[byte >> 4U];
  line += digits[byte & 0xfU];
}

/// On one line and without what a terminal would obey.
std::string printable(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  while (!text.empty()) {
    const TextCharacter character = first_character(text);
    text.remove_prefix(character.bytes.size());
    if (character.code == U'\n') {
      line += "\\n";
    } else if (drives_terminal(character)) {
      for (const char byte : character.bytes) append_escaped(line, static_cast<unsigned char>(byte));
    } else {
      line += character.bytes;
    }
  }
  return line;
}

std::string beginning_of(std::string_view text) {
  if (text.size() <= longest_server_text) return std::string(text);
  std::size_t end = longest_server_text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "...";
}

/// Its last lines, whole: a program says at its very end what it died of. Of a line that is too long, its beginning.
std::string end_of(std::string_view text) {
  if (text.size() <= longest_server_text) return std::string(text);
  const std::size_t last = text.find_last_of('\n', text.size() - 2);
  std::size_t from = text.find('\n', text.size() - longest_server_text - 1);
  if (from == std::string_view::npos || from + 1 == text.size()) from = last;
  if (from == std::string_view::npos) return beginning_of(text);
  return "…" + beginning_of(text.substr(from + 1));
}

}  // namespace

std::string_view to_string(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::invalid_argument:
      return "invalid_argument";
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::already_exists:
      return "already_exists";
    case ErrorKind::precondition_failed:
      return "precondition_failed";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::range_not_satisfiable:
      return "range_not_satisfiable";
    case ErrorKind::permission_denied:
      return "permission_denied";
    case ErrorKind::read_only:
      return "read_only";
    case ErrorKind::no_space:
      return "no_space";
    case ErrorKind::too_large:
      return "too_large";
    case ErrorKind::out_of_descriptors:
      return "out_of_descriptors";
    case ErrorKind::corrupt:
      return "corrupt";
    case ErrorKind::io:
      return "io";
    case ErrorKind::timed_out:
      return "timed_out";
    case ErrorKind::cancelled:
      return "cancelled";
    case ErrorKind::budget_exhausted:
      return "budget_exhausted";
    case ErrorKind::outcome_unknown:
      return "outcome_unknown";
    case ErrorKind::writer_failed:
      return "writer_failed";
    case ErrorKind::pipe_failed:
      return "pipe_failed";
    case ErrorKind::unsupported:
      return "unsupported";
  }
  return "unknown";
}

struct Error::State {
  ErrorKind kind = ErrorKind::invalid_argument;
  Retry retry = Retry::no;
  std::string operation;
  std::string uri;
  std::string message;
  std::string server_text;
  std::error_code code;
  std::optional<Error> cause;
  /// what() in full, made with every change: several threads may ask for it at once.
  std::string text = "invalid_argument";

  void compose() {
    std::string line = operation;
    if (!operation.empty() && !uri.empty()) line += ' ';
    line += uri;
    if (!line.empty()) line += ": ";
    line += message.empty() ? to_string(kind) : std::string_view(message);
    if (!server_text.empty()) {
      line += " (it said: ";
      line += kind == ErrorKind::pipe_failed ? end_of(server_text) : beginning_of(server_text);
      line += ')';
    }
    if (cause) line.append("; because: ").append(cause->what());
    text = printable(line);
  }
};

Error::Error(ErrorKind kind, std::string message) {
  auto state = std::make_shared<State>();
  state->kind = kind;
  state->message = std::move(message);
  state->compose();
  state_ = std::move(state);
}

const Error::State& Error::state() const noexcept {
  static const State without_message;
  return state_ ? *state_ : without_message;
}

Error::State& Error::own() {
  auto copy = std::make_shared<State>(state());
  State& mine = *copy;
  state_ = std::move(copy);
  return mine;
}

Error Error::from_code(std::error_code code, std::string_view what) {
  const Reading reading = reading_of(errno_of(code));
  std::string message = within_a_sentence(code.message());
  if (!what.empty()) message.append(" (").append(what).append(")");
  if (!reading.cure.empty()) message.append("; ").append(reading.cure);
  Error error(reading.kind, std::move(message));
  State& state = error.own();
  state.retry = reading.retry;
  state.code = code;
  return error;
}

Error Error::from_errno(int value, std::string_view what) {
  return from_code(std::error_code(value, std::system_category()), what);
}

Error&& Error::during(std::string operation) && {
  if (state().operation.empty() && !operation.empty()) {
    State& state = own();
    state.operation = std::move(operation);
    state.compose();
  }
  return std::move(*this);
}

Error&& Error::about(std::string uri) && {
  if (state().uri.empty() && !uri.empty()) {
    State& state = own();
    state.uri = std::move(uri);
    state.compose();
  }
  return std::move(*this);
}

Error&& Error::retry(Retry advice) && {
  own().retry = advice;
  return std::move(*this);
}

Error&& Error::because(Error cause) && {
  State& state = own();
  state.cause = std::move(cause);
  state.compose();
  return std::move(*this);
}

Error&& Error::server_said(std::string text) && {
  State& state = own();
  state.server_text = std::move(text);
  state.compose();
  return std::move(*this);
}

ErrorKind Error::kind() const noexcept { return state().kind; }
Retry Error::retry() const noexcept { return state().retry; }
const std::string& Error::operation() const noexcept { return state().operation; }
const std::string& Error::uri() const noexcept { return state().uri; }
const std::string& Error::message() const noexcept { return state().message; }
const std::string& Error::server_text() const noexcept { return state().server_text; }
std::error_code Error::code() const noexcept { return state().code; }
const Error* Error::cause() const noexcept { return state().cause ? &*state().cause : nullptr; }
const char* Error::what() const noexcept { return state().text.c_str(); }

Error to_error(const std::exception_ptr& thrown) {
  if (!thrown) return {ErrorKind::io, "an operation failed without saying why"};
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return error;
  } catch (const boost::system::system_error& error) {
    return Error::from_code(error.code(), context_of(error.what(), error.code().message()));
  } catch (const std::system_error& error) {
    return Error::from_code(error.code(), context_of(error.what(), error.code().message()));
  } catch (const std::bad_alloc&) {
    return {ErrorKind::io, "not enough memory"};
  } catch (const std::exception& error) {
    return {ErrorKind::io, error.what()};
  } catch (...) {  // Something that is no std::exception: there is nothing to be read from it.
    return {ErrorKind::io, "an exception that is no std::exception"};
  }
}

}  // namespace coffer
