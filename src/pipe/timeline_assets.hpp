#pragma once

#include <string_view>

namespace coffer {

/// CSS of a timeline's page.
extern const std::string_view timeline_style;
/// What shows bytes and rates under the pointer: reads the JSON in the element #run.
extern const std::string_view timeline_script;

}  // namespace coffer
