#include "app/file_scratch.hpp"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <iterator>
#include <optional>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <coffer/app/open_storage.hpp>
#include <coffer/base/error.hpp>
#include <coffer/io_backends/make_io_backend.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support/test_loop.hpp"
#include "support/this_process.hpp"

namespace coffer {
namespace {

namespace fs = std::filesystem;
using test::TestLoop;

// On every Linux a tmpfs for POSIX shared memory.
const fs::path memory_folder = "/dev/shm";

class FileScratch : public testing::TestWithParam<std::string> {
 protected:
  FileScratch() {
    std::string name = (fs::current_path() / "scratch-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~FileScratch() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  std::shared_ptr<Scratch> make(ScratchPlaces places) {
    return make_file_scratch(loop.runtime(), make_io_backend(loop.runtime(), GetParam()), std::move(places));
  }
  std::shared_ptr<Scratch> make() {
    ScratchPlaces places;
    places.folders = {folder / "made" / "spill"};
    return make(std::move(places));
  }
  Chunk chunk(const std::string& text) {
    Buffer buffer = share.need(text.size());
    std::memcpy(buffer.data(), text.data(), text.size());
    return std::move(buffer).share(text.size());
  }
  std::string read(ScratchFile& file, std::uint64_t offset, std::size_t at_most) {
    return std::string(loop.run(file.co_read_at(share, offset, at_most)).text());
  }
  static Error refusal(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was refused";
    return {};
  }

  fs::path folder;
  TestLoop loop{test::LoopKind::own_thread};
  BudgetShare share = loop.runtime().pool().open_share("test");
};

TEST_P(FileScratch, what_was_appended_can_be_read_anywhere) {
  const std::shared_ptr<Scratch> scratch = make();
  const std::shared_ptr<ScratchFile> file = loop.run(scratch->co_create());
  EXPECT_EQ(file->readable(), 0U);
  loop.run(file->co_append(chunk("hello ")));
  loop.run(file->co_append(chunk("world")));
  EXPECT_EQ(file->readable(), 11U);
  EXPECT_EQ(read(*file, 0, 100), "hello world");
  EXPECT_EQ(read(*file, 4, 4), "o wo");
  EXPECT_EQ(read(*file, 10, 1), "d");
}

TEST_P(FileScratch, its_files_have_no_names) {
  const std::shared_ptr<Scratch> scratch = make();
  const std::shared_ptr<ScratchFile> file = loop.run(scratch->co_create());
  loop.run(file->co_append(chunk("x")));
  EXPECT_TRUE(fs::is_empty(folder / "made" / "spill"));
  EXPECT_EQ(fs::status(folder / "made" / "spill").permissions(), fs::perms::owner_all);
}

TEST_P(FileScratch, all_files_together_have_a_limit_and_a_dropped_one_gives_back) {
  ScratchPlaces places;
  places.folders = {folder};
  places.limit = 10;
  const std::shared_ptr<Scratch> scratch = make(std::move(places));
  std::shared_ptr<ScratchFile> first = loop.run(scratch->co_create());
  const std::shared_ptr<ScratchFile> second = loop.run(scratch->co_create());
  loop.run(first->co_append(chunk("123456")));
  loop.run(second->co_append(chunk("1234")));
  EXPECT_EQ(refusal([&] { loop.run(second->co_append(chunk("5"))); }).kind(), ErrorKind::no_space);
  first.reset();
  loop.run(second->co_append(chunk("567890")));
  EXPECT_EQ(read(*second, 0, 100), "1234567890");
}

TEST_P(FileScratch, a_folder_in_memory_is_passed_over) {
  ASSERT_TRUE(lies_in_memory(memory_folder));
  ScratchPlaces places;
  places.folders = {memory_folder / "coffer-scratch-test", folder / "on-disk"};
  const std::shared_ptr<Scratch> scratch = make(std::move(places));
  const std::shared_ptr<ScratchFile> file = loop.run(scratch->co_create());
  EXPECT_TRUE(fs::exists(folder / "on-disk"));
  EXPECT_FALSE(fs::exists(memory_folder / "coffer-scratch-test"));
}

TEST_P(FileScratch, without_a_usable_folder_each_one_is_named_with_its_reason) {
  ScratchPlaces places;
  places.folders = {memory_folder / "coffer-scratch-test", "/proc/coffer"};
  const std::shared_ptr<Scratch> scratch = make(std::move(places));
  const Error error = refusal([&] { loop.run(scratch->co_create()); });
  EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  EXPECT_NE(error.message().find("/dev/shm/coffer-scratch-test: in memory"), std::string::npos) << error.message();
  EXPECT_NE(error.message().find("/proc/coffer: "), std::string::npos) << error.message();
  EXPECT_NE(error.message().find("--spill"), std::string::npos) << error.message();
}

TEST_P(FileScratch, a_folder_in_memory_is_taken_where_that_is_allowed) {
  std::string name = (memory_folder / "coffer-scratch-XXXXXX").string();
  const fs::path in_memory = ::mkdtemp(name.data());
  ScratchPlaces places;
  places.folders = {in_memory};
  places.in_memory_allowed = true;
  {
    const std::shared_ptr<Scratch> scratch = make(std::move(places));
    const std::shared_ptr<ScratchFile> file = loop.run(scratch->co_create());
    loop.run(file->co_append(chunk("x")));
    EXPECT_EQ(read(*file, 0, 1), "x");
  }
  fs::remove_all(in_memory);
}

TEST_P(FileScratch, a_loop_that_goes_while_a_file_is_opened_leaves_no_descriptor) {
  const std::size_t before = test::open_descriptors();
  {
    std::optional<boost::asio::io_context> context(std::in_place);
    Runtime runtime(*context);
    ScratchPlaces places;
    places.folders = {folder};
    const auto scratch = make_file_scratch(runtime, make_io_backend(runtime, GetParam()), std::move(places));
    boost::asio::co_spawn(*context, scratch->co_create(), boost::asio::detached);
    context->run_one();  // Hands the call to a helper thread, which the Runtime's end waits for.
    context.reset();
  }
  EXPECT_EQ(test::open_descriptors(), before);
}

TEST_P(FileScratch, a_spill_folder_in_memory_is_refused_when_the_storage_is_opened) {
  const auto open = [&](bool allowed) {
    StoreConfig config = StoreConfig("mem://name").spill_folder(memory_folder / "not-there").spill_in_memory(allowed);
    open_storage(loop.runtime(), std::move(config));
  };
  const Error error = refusal([&] { open(false); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_NE(error.message().find("tmpfs"), std::string::npos) << error.message();
  EXPECT_NO_THROW(open(true));
}

INSTANTIATE_TEST_SUITE_P(Backends, FileScratch, testing::Values("uring", "threads"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace coffer
