#include "pipe/timeline_drawing.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <utility>

namespace coffer {
namespace {

using std::chrono::nanoseconds;

/// What is shorter could not be seen.
constexpr int least_width = 15;
/// Of a lane's height; what flows lies below.
constexpr int shares_height = 24;
/// Bytes come in bursts; a rate is the mean over this width.
constexpr int flow_width = drawing_width / 100;
/// Bars of the storage, at most.
constexpr int most_bars = 200;

/// Rectangles side by side; neighbours of one height are one.
class Bars {
 public:
  void add(int from, int until, int top, int bottom) {
    if (until <= from || bottom <= top) return;
    if (from == until_ && top == top_ && bottom == bottom_) {
      until_ = until;
      return;
    }
    flush();
    from_ = from;
    until_ = until;
    top_ = top;
    bottom_ = bottom;
  }
  std::string path() {
    flush();
    return std::move(path_);
  }

 private:
  void flush() {
    if (until_ <= from_) return;
    path_ += "M" + std::to_string(from_) + " " + std::to_string(top_) + "H" + std::to_string(until_) + "V" +
             std::to_string(bottom_) + "H" + std::to_string(from_) + "Z";
    until_ = from_;
  }

  std::string path_;
  int from_ = 0;
  int until_ = 0;
  int top_ = 0;
  int bottom_ = 0;
};

std::uint64_t per_second(std::uint64_t bytes, nanoseconds time) {
  if (time.count() <= 0) return 0;
  return static_cast<std::uint64_t>(static_cast<double>(bytes) * 1e9 / static_cast<double>(time.count()));
}

/// Something that moved is never drawn as nothing.
int height_of(std::uint64_t rate, std::uint64_t most, int height) {
  if (rate == 0) return 0;
  return std::max(2, static_cast<int>(height * static_cast<double>(rate) / static_cast<double>(most)));
}

/// A part of a lane that is wide enough to be seen.
struct Moment {
  int from = 0;
  int until = 0;
  /// Works, gives, stores, waits, retries.
  std::array<nanoseconds, 5> shares{};
  nanoseconds length{0};
  std::uint64_t bytes = 0;

  void add(const RunRecording::LaneSample& sample, nanoseconds lasted) {
    shares[sample.bytes_out > 0 ? 1 : 0] += sample.times.worked;
    shares[2] += sample.times.waited_for_output;
    shares[3] += sample.times.waited_for_input;
    shares[4] += sample.times.waited_to_retry;
    length += lasted;
    bytes += sample.bytes_in + sample.bytes_out;
  }
  std::uint64_t rate() const { return per_second(bytes, length); }
};

/// Each of this width or more, but for the last.
std::vector<Moment> moments_of(const RunRecording::Lane& lane, nanoseconds wall, int width) {
  std::vector<Moment> moments;
  Moment moment;
  moment.from = std::min(place_on(wall, lane.report.started), drawing_width - least_width);
  const int end = std::max(place_on(wall, lane.report.ended), moment.from + least_width);
  nanoseconds before = lane.report.started;
  for (const RunRecording::LaneSample& sample : lane.samples) {
    moment.add(sample, sample.until - std::exchange(before, sample.until));
    const bool is_last = &sample == &lane.samples.back();
    moment.until = is_last ? end : place_on(wall, sample.until);
    if (moment.until - moment.from < width && !is_last) continue;
    const int next = moment.until;
    moments.push_back(std::exchange(moment, Moment()));
    moment.from = next;
  }
  return moments;
}

void draw_shares(const Moment& moment, std::array<Bars, 5>& bars) {
  const nanoseconds all = std::accumulate(moment.shares.begin(), moment.shares.end(), nanoseconds(0));
  if (all.count() <= 0) return;
  nanoseconds below{0};
  int bottom = shares_height;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    below += moment.shares[i];
    const int top = shares_height - static_cast<int>(shares_height * below.count() / all.count());
    bars[i].add(moment.from, moment.until, top, bottom);
    bottom = top;
  }
}

struct Rate {
  int from = 0;
  int until = 0;
  std::uint64_t read = 0;
  std::uint64_t written = 0;
};

/// Moments long enough to be seen.
std::vector<Rate> rates_of(const std::vector<RunRecording::StorageSample>& samples, nanoseconds wall) {
  std::vector<Rate> rates;
  nanoseconds begin{0};
  RunRecording::StorageSample sum;
  for (const RunRecording::StorageSample& sample : samples) {
    sum.bytes_read += sample.bytes_read;
    sum.bytes_written += sample.bytes_written;
    const bool is_last = &sample == &samples.back();
    if (sample.until - begin < wall / most_bars && !is_last) continue;
    Rate rate;
    rate.from = place_on(wall, begin);
    rate.until = std::max(place_on(wall, sample.until), rate.from + 1);
    rate.read = per_second(sum.bytes_read, sample.until - begin);
    rate.written = per_second(sum.bytes_written, sample.until - begin);
    rates.push_back(rate);
    begin = sample.until;
    sum = {};
  }
  return rates;
}

std::string draw_flows(const std::vector<Moment>& moments) {
  std::uint64_t most = 0;
  for (const Moment& moment : moments) most = std::max(most, moment.rate());
  Bars bars;
  for (const Moment& moment : moments) {
    const int height = height_of(moment.rate(), most, lane_height - shares_height - 2);
    bars.add(moment.from, moment.until, lane_height - height, lane_height);
  }
  return bars.path();
}

}  // namespace

int place_on(nanoseconds wall, nanoseconds at) {
  if (wall.count() <= 0) return 0;
  const double share = static_cast<double>(at.count()) / static_cast<double>(wall.count());
  return std::clamp(static_cast<int>(share * drawing_width), 0, drawing_width);
}

LaneDrawing draw_lane(const RunRecording::Lane& lane, nanoseconds wall) {
  std::array<Bars, 5> bars;
  for (const Moment& moment : moments_of(lane, wall, 1)) draw_shares(moment, bars);
  LaneDrawing drawing;
  drawing.works = bars[0].path();
  drawing.gives = bars[1].path();
  drawing.stores = bars[2].path();
  drawing.waits = bars[3].path();
  drawing.retries = bars[4].path();
  drawing.flows = draw_flows(moments_of(lane, wall, flow_width));
  return drawing;
}

StorageDrawing draw_storage(const std::vector<RunRecording::StorageSample>& samples, nanoseconds wall) {
  StorageDrawing drawing;
  const std::vector<Rate> rates = rates_of(samples, wall);
  for (const Rate& rate : rates) {
    drawing.most_read = std::max(drawing.most_read, rate.read);
    drawing.most_written = std::max(drawing.most_written, rate.written);
  }
  const std::uint64_t most = std::max(drawing.most_read, drawing.most_written);
  Bars reads;
  Bars writes;
  for (const Rate& rate : rates) {
    reads.add(rate.from, rate.until, storage_height - height_of(rate.read, most, storage_height), storage_height);
    writes.add(rate.from, rate.until, storage_height - height_of(rate.written, most, storage_height), storage_height);
  }
  drawing.reads = reads.path();
  drawing.writes = writes.path();
  return drawing;
}

}  // namespace coffer
