#include <atomic>
#include <cerrno>
#include <set>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <vector>

#include <boost/system/system_error.hpp>
#include <coffer/base/error.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr ErrorKind every_kind[] = {
    ErrorKind::invalid_argument,
    ErrorKind::not_found,
    ErrorKind::already_exists,
    ErrorKind::precondition_failed,
    ErrorKind::conflict,
    ErrorKind::range_not_satisfiable,
    ErrorKind::permission_denied,
    ErrorKind::read_only,
    ErrorKind::no_space,
    ErrorKind::too_large,
    ErrorKind::out_of_descriptors,
    ErrorKind::corrupt,
    ErrorKind::io,
    ErrorKind::timed_out,
    ErrorKind::cancelled,
    ErrorKind::budget_exhausted,
    ErrorKind::outcome_unknown,
    ErrorKind::writer_failed,
    ErrorKind::pipe_failed,
    ErrorKind::unsupported,
};

TEST(Error, every_kind_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (const ErrorKind kind : every_kind) names.insert(to_string(kind));
  EXPECT_EQ(names.size(), std::size(every_kind));
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(std::size(every_kind), static_cast<std::size_t>(ErrorKind::unsupported) + 1);
}

TEST(Error, a_default_one_is_an_invalid_argument_without_a_message) {
  const Error error;
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error.retry(), Retry::no);
  EXPECT_EQ(error.message(), "");
  EXPECT_EQ(error.cause(), nullptr);
  EXPECT_FALSE(error.code());
  EXPECT_STREQ(error.what(), "invalid_argument");
}

TEST(Error, what_is_the_operation_the_uri_and_the_message) {
  const Error error = Error(ErrorKind::no_space, "no space left on device").during("put").about("file:///data/a");
  EXPECT_STREQ(error.what(), "put file:///data/a: no space left on device");
  EXPECT_EQ(error.message(), "no space left on device");
}

TEST(Error, what_leaves_out_what_is_not_known) {
  EXPECT_STREQ(Error(ErrorKind::io, "broken").what(), "broken");
  EXPECT_STREQ(Error(Error(ErrorKind::io, "broken").during("read")).what(), "read: broken");
  EXPECT_STREQ(Error(Error(ErrorKind::io, "broken").about("mem:///a")).what(), "mem:///a: broken");
  EXPECT_STREQ(Error(Error(ErrorKind::not_found, "").about("mem:///a")).what(), "mem:///a: not_found");
}

TEST(Error, the_innermost_operation_and_uri_stay) {
  const Error error =
      Error(ErrorKind::io, "x").during("write").about("mem:///inner").during("copy").about("mem:///outer");
  EXPECT_EQ(error.operation(), "write");
  EXPECT_EQ(error.uri(), "mem:///inner");
}

TEST(Error, an_empty_operation_or_uri_does_not_count_as_the_first) {
  const Error error = Error(ErrorKind::io, "x").during("").about("").during("copy").about("mem:///a");
  EXPECT_EQ(error.operation(), "copy");
  EXPECT_EQ(error.uri(), "mem:///a");
}

TEST(Error, the_cause_can_be_asked_and_is_told) {
  const Error cause = Error(ErrorKind::io, "device failed").about("file:///a");
  const Error error = Error(ErrorKind::writer_failed, "the writer failed").because(cause);
  ASSERT_NE(error.cause(), nullptr);
  EXPECT_EQ(error.cause()->kind(), ErrorKind::io);
  EXPECT_STREQ(error.what(), "the writer failed; because: file:///a: device failed");
  EXPECT_EQ(error.cause()->cause(), nullptr);
}

TEST(Error, it_may_be_its_own_cause_s_copy) {
  Error error(ErrorKind::io, "inner");
  const Error outer = Error(error).because(error);
  ASSERT_NE(outer.cause(), nullptr);
  EXPECT_EQ(outer.cause()->cause(), nullptr);
  EXPECT_EQ(error.cause(), nullptr);
}

TEST(Error, what_the_server_said_is_kept_apart_from_the_message) {
  const Error error = Error(ErrorKind::permission_denied, "the store refuses").server_said("SignatureDoesNotMatch");
  EXPECT_EQ(error.message(), "the store refuses");
  EXPECT_EQ(error.server_text(), "SignatureDoesNotMatch");
  EXPECT_STREQ(error.what(), "the store refuses (it said: SignatureDoesNotMatch)");
}

TEST(Error, a_long_server_text_is_kept_whole_but_told_in_part) {
  const std::string page(100000, 'x');
  const Error error = Error(ErrorKind::io, "bad answer").server_said(page);
  EXPECT_EQ(error.server_text(), page);
  EXPECT_LT(std::string(error.what()).size(), 400U);
  EXPECT_THAT(error.what(), EndsWith("x...)"));
}

TEST(Error, of_what_a_command_said_the_last_lines_are_told_whole) {
  std::string traceback = "Traceback (most recent call last):";
  for (int i = 0; i < 20; ++i) traceback += "\n  File \"/usr/lib/job.py\", line " + std::to_string(100 + i);
  traceback += "\nValueError: frame 7 is broken";
  const Error error = Error(ErrorKind::pipe_failed, "the pipe failed").server_said(traceback);
  EXPECT_EQ(error.server_text(), traceback);
  EXPECT_LT(std::string(error.what()).size(), 400U);
  EXPECT_THAT(error.what(), StartsWith("the pipe failed (it said: …  File \"/usr/lib/job.py\", line 1"));
  EXPECT_THAT(error.what(), EndsWith("line 119\\nValueError: frame 7 is broken)"));
}

TEST(Error, of_a_last_line_that_is_too_long_the_beginning_is_told) {
  std::string words = "ValueError: ";
  for (int i = 0; i < 200; ++i) words += "é";
  const Error alone = Error(ErrorKind::pipe_failed, "failed").server_said(words);
  EXPECT_THAT(alone.what(), StartsWith("failed (it said: ValueError: éé"));
  EXPECT_THAT(alone.what(), EndsWith("é...)"));
  const Error last = Error(ErrorKind::pipe_failed, "failed").server_said("a line\n" + words + "\n");
  EXPECT_THAT(last.what(), StartsWith("failed (it said: …ValueError: éé"));
  EXPECT_THAT(last.what(), EndsWith("é...)"));
}

TEST(Error, what_is_one_line_that_a_terminal_obeys_nothing_in) {
  const Error error = Error(ErrorKind::io, "bad answer").server_said("a\nb\x1b[31m\r\x7f\xc2\x9b é\x9b\u202e");
  EXPECT_STREQ(error.what(), "bad answer (it said: a\\nb\\x1b[31m\\x0d\\x7f\\xc2\\x9b é\\x9b\\xe2\\x80\\xae)");
  EXPECT_EQ(error.server_text(), "a\nb\x1b[31m\r\x7f\xc2\x9b é\x9b\u202e");
}

TEST(Error, changing_a_copy_leaves_the_original_alone) {
  const Error original = Error(ErrorKind::io, "x").during("read");
  const std::string before = original.what();
  const Error changed = Error(original).about("mem:///a").retry(Retry::yes).server_said("y").because(original);
  EXPECT_EQ(original.what(), before);
  EXPECT_EQ(original.uri(), "");
  EXPECT_EQ(original.retry(), Retry::no);
  EXPECT_EQ(original.cause(), nullptr);
  EXPECT_EQ(changed.uri(), "mem:///a");
  EXPECT_EQ(changed.retry(), Retry::yes);
}

TEST(Error, a_named_one_is_added_to_in_place) {
  Error error(ErrorKind::io, "x");
  std::move(error).during("read").about("mem:///a");
  EXPECT_STREQ(error.what(), "read mem:///a: x");
}

TEST(Error, one_that_was_moved_from_can_still_be_asked) {
  Error error(ErrorKind::io, "x");
  const Error taken = std::move(error);
  EXPECT_STREQ(taken.what(), "x");
  EXPECT_STREQ(error.what(), "invalid_argument");  // NOLINT(bugprone-use-after-move): that is what is tested
}

TEST(Error, copying_and_moving_cannot_throw) {
  static_assert(std::is_nothrow_copy_constructible_v<Error> && std::is_nothrow_copy_assignable_v<Error>);
  static_assert(std::is_nothrow_move_constructible_v<Error> && std::is_nothrow_default_constructible_v<Error>);
  const Error error(ErrorKind::io, "x");
  const Error copy = error;
  EXPECT_EQ(copy.what(), error.what()) << "the text is shared, not copied";
}

TEST(Error, threads_may_read_one_and_change_their_copies_of_it_at_once) {
  const Error shared = Error(ErrorKind::io, "x").during("read");
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&shared, &right, i] {
      const std::string uri = "mem:///" + std::to_string(i);
      for (int round = 0; round < 200; ++round) {
        const Error mine = Error(shared).about(uri);
        if (mine.what() == "read " + uri + ": x" && std::string_view(shared.what()) == "read: x") ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 4 * 200);
}

struct ErrnoCase {
  int value;
  ErrorKind kind;
  Retry retry;
};

TEST(ErrorFromErrno, each_value_has_its_kind_and_its_advice) {
  constexpr ErrnoCase cases[] = {
      {ENOENT, ErrorKind::not_found, Retry::no},
      {ENOTDIR, ErrorKind::not_found, Retry::no},
      {EEXIST, ErrorKind::already_exists, Retry::no},
      {EACCES, ErrorKind::permission_denied, Retry::no},
      {EPERM, ErrorKind::permission_denied, Retry::no},
      {EROFS, ErrorKind::read_only, Retry::no},
      {ENOSPC, ErrorKind::no_space, Retry::no},
      {EDQUOT, ErrorKind::no_space, Retry::no},
      {EMFILE, ErrorKind::out_of_descriptors, Retry::yes},
      {ENFILE, ErrorKind::out_of_descriptors, Retry::yes},
      {ECANCELED, ErrorKind::cancelled, Retry::no},
      {ETIMEDOUT, ErrorKind::timed_out, Retry::yes},
      {EFBIG, ErrorKind::too_large, Retry::no},
      {ENAMETOOLONG, ErrorKind::too_large, Retry::no},
      {E2BIG, ErrorKind::too_large, Retry::no},
      {ENOTSUP, ErrorKind::unsupported, Retry::no},
      {EOPNOTSUPP, ErrorKind::unsupported, Retry::no},
      {ENOSYS, ErrorKind::unsupported, Retry::no},
      {EINVAL, ErrorKind::io, Retry::no},
      {EIO, ErrorKind::io, Retry::no},
      {EPIPE, ErrorKind::io, Retry::no},
      {EAGAIN, ErrorKind::io, Retry::yes},
      {EWOULDBLOCK, ErrorKind::io, Retry::yes},
      {EINTR, ErrorKind::io, Retry::yes},
      {EBUSY, ErrorKind::io, Retry::yes},
      {ENOBUFS, ErrorKind::io, Retry::yes},
      {99999, ErrorKind::io, Retry::no},
  };
  for (const ErrnoCase& c : cases) {
    const Error error = Error::from_errno(c.value, "step");
    EXPECT_EQ(error.kind(), c.kind) << error.what();
    EXPECT_EQ(error.retry(), c.retry) << error.what();
    EXPECT_EQ(error.code(), std::error_code(c.value, std::system_category())) << error.what();
    EXPECT_THAT(error.message(), HasSubstr(" (step)"));
    const Error by_generic = Error::from_code(std::error_code(c.value, std::generic_category()), "step");
    EXPECT_EQ(by_generic.kind(), c.kind) << by_generic.what();
  }
}

TEST(ErrorFromErrno, the_message_says_what_where_and_what_to_do) {
  EXPECT_EQ(Error::from_errno(EMFILE, "openat").message(),
            "too many open files (openat); raise the limit with ulimit -n");
  EXPECT_THAT(Error::from_errno(ENOSPC, "while writing").message(),
              StartsWith("no space left on device (while writing); free some space"));
  EXPECT_EQ(Error::from_errno(ENOENT, "").message(), "no such file or directory");
}

TEST(ErrorFromErrno, where_there_is_a_cure_it_is_told) {
  for (const int value :
       {EACCES, EPERM, EROFS, ENOSPC, EDQUOT, EMFILE, ENFILE, EFBIG, ENAMETOOLONG, ENOTSUP, ENOSYS, EIO}) {
    EXPECT_THAT(Error::from_errno(value, "step").message(), HasSubstr(" (step); ")) << value;
  }
}

/// Codes 1 (like EMFILE) and 2 (like nothing) of a library of its own.
class LibraryCategory : public std::error_category {
 public:
  const char* name() const noexcept override { return "library"; }
  std::string message(int value) const override { return value == 1 ? "Out of handles" : "TLS broke"; }
  std::error_condition default_error_condition(int value) const noexcept override {
    return value == 1 ? std::error_condition(EMFILE, std::generic_category()) : std::error_condition(value, *this);
  }
};

TEST(ErrorFromCode, a_library_s_code_is_read_by_the_condition_it_stands_for) {
  const LibraryCategory category;
  const Error error = Error::from_code(std::error_code(1, category), "accept");
  EXPECT_EQ(error.kind(), ErrorKind::out_of_descriptors);
  EXPECT_THAT(error.message(), StartsWith("out of handles (accept)"));
}

TEST(ErrorFromCode, a_code_of_which_nothing_is_known_is_io_with_its_text) {
  const LibraryCategory category;
  const Error error = Error::from_code(std::error_code(2, category), "read");
  EXPECT_EQ(error.kind(), ErrorKind::io);
  EXPECT_EQ(error.message(), "TLS broke (read)");
}

template <class Thrown>
Error converted(const Thrown& thrown) {
  return to_error(std::make_exception_ptr(thrown));
}

TEST(ToError, coffer_s_own_error_stays_as_it_is) {
  const Error original = Error(ErrorKind::corrupt, "checksum differs").about("mem:///a");
  const Error error = converted(original);
  EXPECT_EQ(error.kind(), ErrorKind::corrupt);
  EXPECT_STREQ(error.what(), original.what());
}

TEST(ToError, asio_s_aborted_operation_is_cancelled) {
  const boost::system::error_code aborted(ECANCELED, boost::system::system_category());
  EXPECT_EQ(converted(boost::system::system_error(aborted)).kind(), ErrorKind::cancelled);
}

TEST(ToError, a_system_error_of_either_library_keeps_its_code_and_its_context) {
  const boost::system::error_code full(ENOSPC, boost::system::system_category());
  const Error boosts = converted(boost::system::system_error(full, "async_write"));
  EXPECT_EQ(boosts.kind(), ErrorKind::no_space);
  EXPECT_EQ(boosts.code(), std::error_code(ENOSPC, std::system_category()));
  EXPECT_THAT(boosts.message(), StartsWith("no space left on device (async_write); "));
  EXPECT_THAT(boosts.message(), Not(HasSubstr("system:")));

  const Error standard = converted(std::system_error(ENOSPC, std::system_category(), "write"));
  EXPECT_EQ(standard.kind(), ErrorKind::no_space);
  EXPECT_THAT(standard.message(), StartsWith("no space left on device (write); "));
}

TEST(ToError, anything_else_is_io_with_its_text) {
  EXPECT_STREQ(converted(std::runtime_error("queue closed")).what(), "queue closed");
  EXPECT_EQ(converted(std::runtime_error("queue closed")).kind(), ErrorKind::io);
  EXPECT_THAT(converted(std::bad_alloc()).what(), HasSubstr("memory"));
  EXPECT_EQ(converted(42).kind(), ErrorKind::io);
  EXPECT_EQ(to_error(nullptr).kind(), ErrorKind::io);
}

}  // namespace
}  // namespace coffer
