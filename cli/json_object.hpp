#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace coffer::cli {

/// One JSON object, written member by member. Text that is no UTF-8 (a file name may be any bytes) has U+FFFD in place
/// of each byte that is wrong.
class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value);
  JsonObject& number(std::string_view name, std::uint64_t value);
  JsonObject& seconds(std::string_view name, double value);
  JsonObject& flag(std::string_view name, bool value);
  JsonObject& null(std::string_view name);
  JsonObject& object(std::string_view name, const JsonObject& value);
  JsonObject& texts(std::string_view name, const std::vector<std::string>& values);

  /// On one line, without its end.
  std::string str() const { return "{" + members_ + "}"; }

 private:
  void begin(std::string_view name);
  std::string members_;
};

}  // namespace coffer::cli
