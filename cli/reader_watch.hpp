#pragma once

#include <thread>

namespace coffer::cli {

/// Ends the program by SIGPIPE as soon as nobody reads its standard output any more, also while it has nothing to
/// write: for verbs that may wait long and leave nothing behind.
class ReaderWatch {
 public:
  ReaderWatch();
  ReaderWatch(const ReaderWatch&) = delete;
  ReaderWatch& operator=(const ReaderWatch&) = delete;
  ~ReaderWatch();

 private:
  int stop_;
  std::thread thread_;
};

}  // namespace coffer::cli
