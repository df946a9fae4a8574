// How much memory does a stuff by reference take in a working memory?

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <coffer/pipe/working_memory.hpp>
#include <malloc.h>

#include "bench/arguments.hpp"

namespace {

using namespace coffer;

/// Bytes that are allocated, with what the allocator keeps beside them.
std::uint64_t allocated() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// As in the store of somebody's data folder.
ContentReference reference_number(std::uint64_t number) {
  const std::string digits = std::to_string(1'000'000'000 + number);
  ContentReference reference;
  reference.uri = Uri("file:///home/user/.local/share/coffer/store/offloaded/0P74hciXXsD2UVxMvijtM2LPccsg/" +
                      std::string(18, 'x') + digits + ".json");
  reference.type = "application/json";
  reference.size = 100'000 + number;
  reference.crc32c = static_cast<std::uint32_t>(number * 2'654'435'761U);
  return reference;
}

void measure(const std::vector<std::string>& arguments) {
  const std::uint64_t stuffs = bench::number(arguments[0]);
  const std::uint64_t before = allocated();
  WorkingMemory memory;
  for (std::uint64_t i = 0; i < stuffs; ++i) {
    const std::string name = "stuff_" + std::to_string(i);
    const Stuff empty = Stuff::make(name, "8Dves", "native.Image", "null").value();
    memory.put(name, empty.with_reference(reference_number(i)));
  }
  const std::uint64_t put = allocated() - before;
  const std::string text = memory.text();
  memory = WorkingMemory();
  const std::uint64_t between = allocated();
  memory = WorkingMemory::parse(text).value();
  const std::uint64_t parsed = allocated() - between;
  std::printf("{\"stuffs\": %zu, \"put\": %ju, \"parsed\": %ju, \"text\": %zu}\n", memory.size(), std::uintmax_t{put},
              std::uintmax_t{parsed}, text.size());
}

}  // namespace

int main(int argc, char** argv) {
  return coffer::bench::run_bench(argc, argv, 1, "usage: coffer_memory_size_bench STUFFS", measure);
}
