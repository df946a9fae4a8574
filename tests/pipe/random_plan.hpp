#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <coffer/pipe/pipeline.hpp>

namespace coffer {

/// A pipeline whose pipes read what others write, some of it optional, some only on a condition, some as alternatives;
/// and what every object that conditions look at will hold.
class RandomPlan {
 public:
  explicit RandomPlan(unsigned seed) : random_(seed) {
    pipeline.input("n0");
    contents["n0"] = any_text();
    const std::size_t count = 2 + below(10);
    for (std::size_t i = 1; i <= count; ++i) add("n" + std::to_string(i));
    pipeline.output("n" + std::to_string(count));
  }

  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }

  Pipeline pipeline = Pipeline("random");
  std::map<std::string, std::string> contents;

 private:
  std::string any_text() { return std::string(1, static_cast<char>('a' + below(3))); }
  std::string any_name() {
    return std::next(contents.begin(), static_cast<std::ptrdiff_t>(below(contents.size())))->first;
  }

  PipeSpec reading(const std::string& name) {
    PipeSpec pipe(name);
    std::vector<std::string> names;
    for (std::size_t i = below(4); i > 0; --i) {
      const std::string read = any_name();
      if (std::ranges::find(names, read) != names.end()) continue;
      names.push_back(read);
      below(3) == 0 ? pipe.reads_if_there(read) : pipe.reads(read);
    }
    return pipe.run([](PipeIo&) -> Task<> { co_return; });
  }

  void add(const std::string& name) {
    PipeSpec pipe = reading("p" + name).writes(name);
    const std::size_t kind = below(4);
    const std::string looks_at = any_name();
    const std::string text = any_text();
    if (kind == 1) pipe.when(looks_at, {text});
    if (kind == 3) pipe.when(looks_at, {text, any_text()}).when_not(any_name(), {any_text()});
    if (kind == 2) {
      pipe.when(looks_at, {text});
      PipeSpec other = reading("q" + name).writes(name);
      other.when_not(looks_at, {text});
      pipeline.pipe(other);
    }
    pipeline.pipe(pipe);
    contents[name] = any_text();
  }

  std::mt19937 random_;
};

}  // namespace coffer
