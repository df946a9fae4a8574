#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <coffer/base/error.hpp>
#include <coffer/pipe/list.hpp>

#include "async/signal.hpp"

namespace coffer {

/// The elements of one list of a run, from before the first is there until after the commit. Readers get them in order:
/// one that is there before another waits for it. Thread-safe.
class RunList {
 public:
  /// How far it is.
  struct View {
    std::size_t ready = 0;  ///< Elements from the first on that can be read.
    bool is_complete = false;
  };

  explicit RunList(std::string name) : name_(std::move(name)) {}
  /// There before the run.
  RunList(std::string name, const std::vector<ListElement>& elements);

  const std::string& name() const noexcept { return name_; }

  /// The place of one more element, which is put there later. Error{too_large} beyond most_list_elements.
  std::size_t reserve();
  /// At a place that was reserved, or further on.
  void put(std::size_t index, Stored element);
  /// There will be no more.
  void complete();
  /// Begins anew; nobody reads it yet.
  void clear();
  /// It will never be complete; nothing where it is.
  void fail(Error why);

  View view() const;
  bool has_failed() const;
  /// An element that can be read.
  ListElement at(std::size_t index) const;
  /// Bytes of all elements that are there.
  std::uint64_t bytes() const;
  /// What is there of all elements, readable or not.
  std::vector<Uri> all() const;

  /// Returns when more than `ready` can be read, or it is complete. Error{writer_failed}.
  Task<View> co_more_than(std::size_t ready);

 private:
  View look() const;  // Under the lock.

  const std::string name_;
  mutable std::mutex mutex_;
  std::deque<std::optional<Stored>> elements_;
  std::size_t ready_ = 0;
  std::uint64_t bytes_ = 0;
  bool is_complete_ = false;
  std::optional<Error> failure_;
  Signal changed_;
};

/// The next after the first `taken`, which it waits for; nothing at the end.
Task<std::optional<ListElement>> co_next_element(RunList& list, std::size_t taken);

}  // namespace coffer
