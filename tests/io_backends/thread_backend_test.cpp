#include <future>

#include <boost/asio/strand.hpp>
#include <coffer/base/error.hpp>

#include "async/helper_threads.hpp"
#include "io_backends/cancelling.hpp"
#include "io_backends/io_backend_contract.hpp"

namespace coffer::test {
namespace {

using ThreadBackend = IoBackendContract;
COFFER_ON_IO_BACKENDS(ThreadBackend, std::vector<std::string>{"threads"});

TEST_P(ThreadBackend, what_is_cancelled_while_it_waits_for_a_thread_waits_for_its_end_and_says_so) {
  const FilePtr file = open_file(runtime(), folder() / "f", O_CREAT | O_RDWR);
  std::promise<void> go;
  const std::shared_future<void> gate = go.get_future().share();
  for (int i = 0; i < 64; ++i) runtime().helpers().post([gate] { gate.wait(); });

  const boost::asio::any_io_executor strand = boost::asio::make_strand(runtime().executor());
  std::promise<void> first;
  auto written =
      start(strand, co_cancelled(backend().co_write_at(file, 0, chunk_of(0, 100)), [&] { first.set_value(); }));
  first.get_future().wait();
  EXPECT_FALSE(written.done());
  std::promise<void> second;
  auto synced = start(strand, co_cancelled(backend().co_sync(file, true), [&] { second.set_value(); }));
  second.get_future().wait();
  EXPECT_FALSE(synced.done());
  go.set_value();

  EXPECT_EQ(run(written.co_result()).kind(), ErrorKind::cancelled);
  EXPECT_EQ(run(synced.co_result()).kind(), ErrorKind::cancelled);
  EXPECT_EQ(std::filesystem::file_size(folder() / "f"), 100U);
}

}  // namespace
}  // namespace coffer::test
