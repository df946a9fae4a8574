#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <coffer/storage/provider.hpp>

#include "async/signal.hpp"

namespace coffer::test {

/// What is to go wrong, and what was called. The verbs are "head", "open", "create", "list", "remove"; "read" and
/// "reopen" of sources; "buffer", "write" and "commit" of sinks; "next" of listers. Thread-safe.
class Faults {
 public:
  /// The `nth` call from now on (1 is the next one) throws `error` instead of being made.
  void fail(const std::string& verb, std::size_t nth, Error error);
  /// The `nth` call from now on waits for release() before it is made.
  void hold(const std::string& verb, std::size_t nth);
  void release();
  /// Returns when a call is waiting.
  Task<> co_held();
  /// Calls so far.
  std::size_t calls(const std::string& verb) const;

  /// What each call does first.
  Task<> co_pass(std::string verb);

 private:
  struct Plan {
    std::size_t call = 0;
    bool holds = false;
    Error error;
  };

  class Held;
  std::size_t released() const;

  mutable std::mutex mutex_;
  Signal changed_;
  std::map<std::string, std::size_t> calls_;
  std::multimap<std::string, Plan> plans_;
  int held_ = 0;
  std::size_t released_ = 0;
};

/// Another provider, with faults. It forwards the six calls that a provider must have, and has the others on top of
/// them.
ProviderPtr make_faulty_provider(Runtime& runtime, ProviderPtr provider, std::shared_ptr<Faults> faults);

}  // namespace coffer::test
