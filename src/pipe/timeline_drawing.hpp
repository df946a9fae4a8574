#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <coffer/pipe/run_recording.hpp>

namespace coffer {

/// How wide the drawings of a timeline are, and how high a lane and the storage, in units of their own: they are
/// stretched to their places.
constexpr int drawing_width = 10'000;
constexpr int lane_height = 40;
constexpr int storage_height = 100;

/// Paths of SVG, empty for what never was. Above, what share of each moment went where, one on the other; below, what
/// flowed.
struct LaneDrawing {
  std::string works;    ///< While nothing came out.
  std::string gives;    ///< Works, and output flows.
  std::string stores;   ///< Waits for the storage to take its output.
  std::string waits;    ///< Waits for its input.
  std::string retries;  ///< Waits to try again.
  std::string flows;    ///< The rate of bytes in and out: the lane's highest fills the height.
};

LaneDrawing draw_lane(const RunRecording::Lane& lane, std::chrono::nanoseconds wall);

/// What storage devices moved, as rates.
struct StorageDrawing {
  std::string reads;
  std::string writes;
  std::uint64_t most_read = 0;  ///< Bytes per second.
  std::uint64_t most_written = 0;
};

/// Both on one scale: the higher of the two rates fills the height.
StorageDrawing draw_storage(const std::vector<RunRecording::StorageSample>& samples, std::chrono::nanoseconds wall);

/// Where a time lies, from 0 to drawing_width.
int place_on(std::chrono::nanoseconds wall, std::chrono::nanoseconds at);

}  // namespace coffer
