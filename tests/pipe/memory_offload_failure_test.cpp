#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipe/memory_scene.hpp"
#include "support/every_failure.hpp"

namespace coffer {
namespace {

using test::FailingVerb;
using test::MemoryScene;
using test::MemoryStore;
using testing::IsEmpty;

const std::string memory = [] {
  std::string content;
  for (int i = 0; i < 3; ++i) {
    content += (i == 0 ? "\"" : ", \"") + std::string(5000, ' ') + std::to_string(i) + "\"";
  }
  return R"({"root": {"note": {"content": [)" + content + "]}}}";
}();

std::unique_ptr<MemoryScene> make_scene() {
  return std::make_unique<MemoryScene>(test::LoopKind::own_thread, MemoryStore::local);
}

TEST(MemoryEveryFailure, offload) {
  FailingVerb<MemoryScene> verb;
  verb.name = "memory offload";
  verb.prepare = [](MemoryScene&) {};
  auto light = std::make_shared<std::string>();
  verb.perform = [light](MemoryScene& scene) {
    light->clear();
    *light = scene.offload(memory);
  };
  verb.check = [light](MemoryScene& scene, const std::optional<Error>& error) {
    if (error) {
      // A store whose device failed acknowledges nothing more, no removal either: that is told.
      EXPECT_EQ(scene.keys().empty(), scene.observer->warnings().empty());
      // Of two that are committed at a time either may be told first: the one whose flush failed, or the one that was
      // refused for it.
      const bool is_of_a_flush = error->kind() == ErrorKind::outcome_unknown ||
                                 error->message().find("could not be flushed") != std::string::npos;
      EXPECT_TRUE(scene.keys().empty() || is_of_a_flush);
    } else {
      EXPECT_EQ(scene.bring_back(*light), memory);
    }
  };
  test::fail_each_step_once<MemoryScene>(verb, make_scene);
}

TEST(MemoryEveryFailure, bring_back) {
  FailingVerb<MemoryScene> verb;
  verb.name = "memory inline";
  auto light = std::make_shared<std::string>();
  auto whole = std::make_shared<std::string>();
  verb.prepare = [light](MemoryScene& scene) { *light = scene.offload(memory); };
  verb.perform = [light, whole](MemoryScene& scene) {
    whole->clear();
    *whole = scene.bring_back(*light);
  };
  verb.check = [light, whole](MemoryScene& scene, const std::optional<Error>& error) {
    EXPECT_EQ(error.has_value(), whole->empty());
    EXPECT_EQ(scene.bring_back(*light), memory) << "what was moved is still there";
  };
  test::fail_each_step_once<MemoryScene>(verb, make_scene);
}

TEST(MemoryCancelled, an_offload_that_is_cancelled_keeps_nothing) {
  using namespace boost::asio::experimental::awaitable_operators;
  for (const char* verb : {"create", "write", "commit"}) {
    MemoryScene scene(test::LoopKind::own_thread, MemoryStore::local);
    scene.faults->hold(verb, 2);
    test::KeepingSink light(scene.runtime());
    const auto co_cancel = [](std::shared_ptr<test::Faults> faults) -> Task<> { co_await faults->co_held(); };
    const auto co_both = [&](Task<OffloadResult> offload, Task<> cancel) -> Task<bool> {
      const auto first = co_await (std::move(offload) || std::move(cancel));
      co_return first.index() == 0;
    };
    Task<OffloadResult> offload = co_offload_memory(scene.storage(), make_memory_source(memory), light);
    EXPECT_FALSE(scene.run(co_both(std::move(offload), co_cancel(scene.faults)))) << verb;
    EXPECT_EQ(light.committed(), std::nullopt);
    EXPECT_THAT(scene.keys(), IsEmpty()) << verb;
    scene.faults->release();
  }
}

TEST(MemoryCancelled, after_a_failed_offload_its_caller_can_be_cancelled) {
  using namespace boost::asio::experimental::awaitable_operators;
  MemoryScene scene;
  scene.faults->fail("commit", 1, Error(ErrorKind::no_space, "the disk is full"));
  // Fails, then waits for ever: the cancellation must reach it there.
  using Event = boost::asio::steady_timer;
  const auto co_fail_and_wait = [](MemoryScene& in, ByteSink& light, Event& reached) -> Task<> {
    try {
      co_await co_offload_memory(in.storage(), make_memory_source(memory), light);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::no_space) throw;
    }
    Event never(co_await boost::asio::this_coro::executor, Event::time_point::max());
    reached.expires_at(Event::time_point::min());
    co_await never.async_wait(boost::asio::use_awaitable);
  };
  const auto co_until = [](Event& reached) -> Task<> {
    boost::system::error_code moved;
    while (reached.expiry() != Event::time_point::min()) {
      co_await reached.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, moved));
    }
  };
  Event reached(scene.runtime().executor(), Event::time_point::max());
  test::KeepingSink light(scene.runtime());
  const auto co_both = [](Task<> first, Task<> second) -> Task<std::size_t> {
    const auto ended = co_await (std::move(first) || std::move(second));
    co_return ended.index();
  };
  EXPECT_EQ(scene.run(co_both(co_fail_and_wait(scene, light, reached), co_until(reached))), 1U);
}

}  // namespace
}  // namespace coffer
