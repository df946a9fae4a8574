#include "cli/progress.hpp"

#include <fstream>
#include <limits>
#include <utility>

#include <coffer/base/byte_size.hpp>
#include <coffer/base/duration_text.hpp>
#include <unistd.h>

#include "cli/progress_text.hpp"
#include "cli/text.hpp"

namespace coffer::cli {
namespace {

constexpr std::chrono::milliseconds redraw_line_each(100);
// What ends sooner needs no line.
constexpr std::chrono::milliseconds first_drawn_after(300);
constexpr std::chrono::seconds line_each(10);

}  // namespace

Progress::Progress(Console& console, std::string what, std::optional<std::uint64_t> total)
    : console_(console), what_(std::move(what)) {
  if (total) set_total(*total);
  if (!console_.quiet()) thread_ = std::thread([this] { run(); });
}

Progress::~Progress() { stop(); }

void Progress::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  console_.undraw();
}

void Progress::finish(const std::string& did) {
  stop();
  const std::chrono::nanoseconds time = elapsed();
  console_.note(did + " " + format_byte_size(bytes_) + " in " + format_duration(time) + ", " +
                format_rate(bytes_, time) + ", memory at most " + format_byte_size(memory_peak()));
}

void Progress::run() {
  const bool terminal = can_draw();
  RateMeter rate;
  std::unique_lock lock(mutex_);
  std::chrono::nanoseconds pause = terminal ? std::chrono::nanoseconds(first_drawn_after) : line_each;
  while (!wake_.wait_for(lock, pause, [this] { return stopped_; })) {
    rate.add(std::chrono::steady_clock::now(), bytes_);
    ProgressFacts facts;
    facts.what = what_;
    facts.bytes = bytes_;
    if (total_known_) facts.total = total_.load();
    facts.per_second = rate.per_second();
    facts.memory = memory_now();
    if (terminal) {
      // The last column stays free: some terminals wrap as soon as it is filled.
      console_.draw(progress_text(facts, terminal_width() - 1));
      pause = redraw_line_each;
    } else {
      console_.note(progress_text(facts, 1000));
    }
  }
}

std::uint64_t memory_now() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t memory_peak() {
  // Not getrusage: that counts what the parent held between fork and exec.
  std::ifstream status("/proc/self/status");
  for (std::string name; status >> name;) {
    std::uint64_t kibibytes = 0;
    if (name == "VmHWM:" && status >> kibibytes) return kibibytes << 10U;
    status.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return memory_now();
}

}  // namespace coffer::cli
