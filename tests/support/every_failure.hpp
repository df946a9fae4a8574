#pragma once

#include <cerrno>
#include <cstddef>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <coffer/base/error.hpp>
#include <gtest/gtest.h>

#include "fakes/faulty_backend.hpp"
#include "support/this_process.hpp"

namespace coffer::test {

/// One verb, performed on a new scene for each step of I/O that it takes, with that step failing once. A scene has io()
/// (a FaultyBackend), settle(), runtime().
template <class Scene>
struct FailingVerb {
  std::string name;
  /// What must be there before; nothing fails yet.
  std::function<void(Scene&)> prepare;
  std::function<void(Scene&)> perform;
  /// Nothing fails any more; `error` is what perform() threw.
  std::function<void(Scene&, const std::optional<Error>& error)> check;
};

/// Prints which steps failed. Fails the test where a verb has none, where a descriptor, a buffer or a share of the
/// budget is left, and where the failing step was not told though its result was needed (that is for check()).
template <class Scene>
void fail_each_step_once(const FailingVerb<Scene>& verb, const std::function<std::unique_ptr<Scene>()>& make_scene,
                         int code = EIO) {
  std::map<std::string, std::size_t> injected;
  for (std::size_t step = 0;; ++step) {
    ASSERT_LT(step, 10'000U) << verb.name << " never ends";
    const std::size_t descriptors = open_descriptors();
    std::optional<std::string> failed;
    {
      const std::unique_ptr<Scene> scene = make_scene();
      verb.prepare(*scene);
      scene->io()->fail_after(step, code);
      std::optional<Error> error;
      try {
        verb.perform(*scene);
      } catch (const Error& thrown) {
        error = thrown;
      }
      scene->io()->heal();
      failed = scene->io()->failed_step();
      SCOPED_TRACE(verb.name + ": step " + std::to_string(step) + ", " + failed.value_or("none") + ", failed; " +
                   (error ? error->what() : "no error"));
      EXPECT_TRUE(scene->settle()) << "a minute later it was still busy";
      verb.check(*scene, error);
      EXPECT_TRUE(scene->settle());
      EXPECT_EQ(scene->runtime().pool().use().granted, 0U) << "buffers were not given back";
      EXPECT_EQ(scene->runtime().pool().use().streams, 0U) << "shares of the budget were not closed";
      EXPECT_FALSE(!failed && error) << "without a failing step";
    }
    EXPECT_EQ(open_descriptors(), descriptors) << verb.name << ", step " << step << ": descriptors are left";
    if (!failed) break;
    ++injected[*failed];
  }
  std::string line = verb.name + ":";
  for (const auto& [name, count] : injected) line += " " + name + " x" + std::to_string(count) + ";";
  std::cout << "every_failure " << line << std::endl;
  EXPECT_FALSE(injected.empty()) << verb.name << " takes no step of I/O that can fail";
}

}  // namespace coffer::test
