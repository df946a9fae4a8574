#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace coffer {

/// The last lines that a program wrote, at most 20 and 8 KiB, made harmless for terminals and JSON. Progress that a
/// program writes over itself ('\r') counts as one line.
class LastLines {
 public:
  void add(std::string_view bytes);
  /// Lines without a break behind the last one; UTF-8 of which a terminal obeys nothing but tabs.
  std::string text() const;

 private:
  void end_line();
  std::deque<std::string> lines_;
  std::string current_;
  bool returned_ = false;  // '\r' came: the next character writes over the line.
};

}  // namespace coffer
