#include <coffer/base/error.hpp>
#include <coffer/io_backends/make_io_backend.hpp>
#include <gtest/gtest.h>

#include "io_backends/io_backend.hpp"

namespace coffer::test {
namespace {

TEST(MakeIoBackend, threads_can_be_forced) {
  Runtime runtime;
  EXPECT_EQ(io_backend_name(*make_io_backend(runtime, "threads")), "threads");
}

TEST(MakeIoBackend, uring_is_used_where_the_probe_finds_it) {
  Runtime runtime;
  const UringProbe probe = probe_uring();
  EXPECT_EQ(io_backend_name(*make_io_backend(runtime)), probe.available ? "uring" : "threads");
  EXPECT_EQ(probe.available, probe.why_not.empty());
}

TEST(MakeIoBackend, another_word_is_refused_with_the_right_ones) {
  Runtime runtime;
  try {
    make_io_backend(runtime, "epoll");
    FAIL() << "epoll was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_NE(error.message().find("'uring' and 'threads'"), std::string::npos);
  }
}

#ifndef COFFER_WITH_URING
TEST(MakeIoBackend, a_build_without_io_uring_says_so_when_it_is_forced) {
  Runtime runtime;
  try {
    make_io_backend(runtime, "uring");
    FAIL() << "uring was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_NE(error.message().find("COFFER_WITH_URING=ON"), std::string::npos);
  }
}
#endif

}  // namespace
}  // namespace coffer::test
