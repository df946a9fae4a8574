#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace coffer {

/// What went wrong, as far as a caller can act on it.
enum class ErrorKind : std::uint8_t {
  invalid_argument,       ///< The caller's input is malformed: a URI, a key, an option, a pipeline file.
  not_found,              ///< No such object, store or file.
  already_exists,         ///< `if_absent()` was asked for and the object is there.
  precondition_failed,    ///< `if_etag()` was asked for and the object has another etag.
  conflict,               ///< The store cannot hold this name beside another (`a` beside `a/b` in a folder).
  range_not_satisfiable,  ///< A range starts at or past the end of the object.
  permission_denied,      ///< EACCES, EPERM: the store refuses this user.
  read_only,              ///< EROFS, or a source that may only be read (a foreign file).
  no_space,               ///< ENOSPC, EDQUOT.
  too_large,              ///< Larger than a limit that was set (`max_bytes`, metadata, a name).
  out_of_descriptors,     ///< EMFILE, ENFILE.
  corrupt,                ///< The bytes are not those that were stored: checksum or size differ.
  io,                     ///< EIO and every other failure of a device or a system call.
  timed_out,              ///< A deadline passed.
  cancelled,              ///< The operation was cancelled by its caller.
  budget_exhausted,       ///< More buffers are held than the memory budget's hard cap allows.
  outcome_unknown,        ///< A commit may or may not have happened.
  writer_failed,          ///< A live object's writer failed or left without a commit.
  pipe_failed,            ///< A pipe of a pipeline failed, or ended without committing an output.
  unsupported,            ///< This store, kernel or build cannot do it.
};

/// The kind's name as it appears in messages and in `--json` output: "not_found".
std::string_view to_string(ErrorKind kind) noexcept;

/// Whether the same call may succeed later without anything being changed.
enum class Retry : std::uint8_t { no, yes };

/// The one error type: thrown by `co_` functions, carried by `Result<T>` from pure ones.
/// A value: cheap to copy, safe to pass between threads. No member ever holds a secret: URIs are put in by
/// `Uri::text()`.
class Error : public std::exception {
 public:
  /// `invalid_argument` without a message: lets a `Result` be default-constructed.
  Error() noexcept = default;
  /// `message` says what is wrong and what to do, without the operation and the URI (they have members of their own).
  Error(ErrorKind kind, std::string message);

  /// From errno or another system code: picks the kind and whether to retry, and adds the cure where there is one.
  /// `what` names the call or the step; it is put in brackets: "openat", "while writing".
  static Error from_code(std::error_code code, std::string_view what);
  /// The same from an errno value (positive).
  static Error from_errno(int value, std::string_view what);

  /// "put", "open", "commit": the verb that failed. The first one set, the innermost, stays.
  Error&& during(std::string operation) &&;
  /// The object concerned, as `Uri::text()` gives it. The first one set, the innermost, stays.
  Error&& about(std::string uri) &&;
  Error&& retry(Retry advice) &&;
  Error&& because(Error cause) &&;
  /// What a server said (what() tells its beginning) or a child process (its end); untrusted, so apart from our words.
  Error&& server_said(std::string text) &&;

  ErrorKind kind() const noexcept;
  Retry retry() const noexcept;
  const std::string& operation() const noexcept;
  const std::string& uri() const noexcept;
  const std::string& message() const noexcept;
  const std::string& server_text() const noexcept;
  /// The system's code where one caused it; else empty.
  std::error_code code() const noexcept;
  /// Nothing where there is no deeper cause.
  const Error* cause() const noexcept;

  /// One line for people: "put file:///data/a: no space left on device (while writing)".
  const char* what() const noexcept override;

 private:
  struct State;
  const State& state() const noexcept;
  /// A copy that no other Error shares, to be changed.
  State& own();
  /// Null: `invalid_argument` without a message. Never changed once it is shared.
  std::shared_ptr<const State> state_;
};

/// The Error inside an exception: Coffer's own as it is, Asio's operation_aborted as `cancelled`, other system errors
/// by their code, anything else as `io` with its text. For the edges, where foreign exceptions arrive.
Error to_error(const std::exception_ptr& thrown);

}  // namespace coffer
