#pragma once

#include <string>
#include <vector>

#include <coffer/pipe/runs.hpp>

#include "cli/console.hpp"

namespace coffer::cli {

/// Notes which objects of a run are left alone, and why: each by its name, or how many where they are more than a few
/// that are left for the same reason.
void tell_left(Console& console, const std::string& run, const std::vector<DisposeReport::Left>& left);

}  // namespace coffer::cli
