#include "cli/left_objects.hpp"

#include <cstddef>
#include <map>

#include "cli/text.hpp"

namespace coffer::cli {
namespace {

constexpr std::size_t most_by_name = 3;

}  // namespace

void tell_left(Console& console, const std::string& run, const std::vector<DisposeReport::Left>& left) {
  std::map<std::string, std::vector<std::string>> reasons;
  for (const DisposeReport::Left& object : left) reasons[object.why].push_back(object.uri);
  for (const auto& [why, uris] : reasons) {
    if (uris.size() > most_by_name) {
      console.note(printable(run) + ": " + std::to_string(uris.size()) + " objects are left alone: " + printable(why));
      continue;
    }
    for (const std::string& uri : uris) console.note(printable(uri) + " is left alone: " + printable(why));
  }
}

}  // namespace coffer::cli
