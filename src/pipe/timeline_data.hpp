#pragma once

#include <string>

#include <coffer/pipe/run_recording.hpp>

namespace coffer {

// What a timeline's script knows of a run, as JSON in a script element: data_head, lane_data of each lane, data_foot.

std::string data_head(const RunRecording& run);
std::string lane_data(const RunRecording::Lane& lane, bool is_last);
std::string data_foot();

}  // namespace coffer
