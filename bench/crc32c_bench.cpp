// What does the checksum alone cost for so many bytes, in as much memory as a stream goes through?

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <coffer/base/checksum.hpp>
#include <coffer/base/literals.hpp>

#include "bench/arguments.hpp"
#include "bench/usage.hpp"

namespace {

using namespace coffer;

void checksum(const std::vector<std::string>& arguments) {
  const std::uint64_t bytes = bench::number(arguments[0]);
  const std::vector<std::byte> ring(8_MiB, std::byte{0x5a});
  constexpr std::size_t step = 1_MiB;
  const double cpu = bench::cpu_seconds();
  Crc32c sum;
  for (std::uint64_t done = 0; done < bytes; done += step) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(step, bytes - done));
    sum.update({ring.data() + done % ring.size(), size});
  }
  std::printf(R"({"bytes": %llu, "cpu_seconds": %.6f, "crc32c": "%s"})"
              "\n",
              static_cast<unsigned long long>(bytes), bench::cpu_seconds() - cpu, crc32c_text(sum.value()).c_str());
}

}  // namespace

int main(int argc, char** argv) { return coffer::bench::run_bench(argc, argv, 1, "BYTES", checksum); }
