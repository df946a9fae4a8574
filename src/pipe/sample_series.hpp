#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

namespace coffer {

/// Samples that follow each other in time, never more than `most`: where they would be, neighbours become one. A Sample
/// has `until`, a time, and += for the sample that follows it.
template <class Sample>
class SampleSeries {
 public:
  using Time = std::chrono::nanoseconds;

  /// The first sample begins at `begin`. `most` is at least 2.
  SampleSeries(Time begin, std::size_t most) : begin_(begin), most_(most) {}

  /// Up to `sample.until`, from where the one before ends.
  void add(const Sample& sample) {
    append(samples_, sample);
    if (samples_.size() > most_) thin();
  }
  const std::vector<Sample>& samples() const noexcept { return samples_; }

 private:
  /// All are about as long as each other afterwards, and half as many as there may be.
  void thin() {
    shortest_ = 2 * (samples_.back().until - begin_) / static_cast<Time::rep>(most_);
    std::vector<Sample> fewer;
    for (const Sample& sample : std::exchange(samples_, {})) append(fewer, sample);
    samples_ = std::move(fewer);
  }

  void append(std::vector<Sample>& to, const Sample& sample) const {
    if (!to.empty() && (sample.until <= to.back().until || length_of_last(to) < shortest_)) {
      to.back() += sample;
    } else {
      to.push_back(sample);
    }
  }
  Time length_of_last(const std::vector<Sample>& of) const {
    return of.back().until - (of.size() > 1 ? of[of.size() - 2].until : begin_);
  }

  const Time begin_;
  const std::size_t most_;
  Time shortest_{0};
  std::vector<Sample> samples_;
};

}  // namespace coffer
