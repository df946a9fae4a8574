#include "pipe/run_list.hpp"

#include <utility>

namespace coffer {
namespace {

Error too_many(const std::string& name) {
  return {ErrorKind::too_large,
          "the list '" + name + "' would have more than " + std::to_string(most_list_elements) + " elements"};
}

}  // namespace

RunList::RunList(std::string name, const std::vector<ListElement>& elements)
    : name_(std::move(name)), ready_(elements.size()), is_complete_(true) {
  for (const ListElement& element : elements) {
    elements_.emplace_back(element.stored);
    bytes_ += element.stored.size;
  }
}

std::size_t RunList::reserve() {
  const std::lock_guard lock(mutex_);
  if (elements_.size() >= most_list_elements) throw too_many(name_);
  elements_.emplace_back();
  return elements_.size() - 1;
}

void RunList::put(std::size_t index, Stored element) {
  {
    const std::lock_guard lock(mutex_);
    if (index >= most_list_elements) throw too_many(name_);
    if (index >= elements_.size()) elements_.resize(index + 1);
    bytes_ += element.size;
    elements_[index] = std::move(element);
    while (ready_ < elements_.size() && elements_[ready_]) ++ready_;
  }
  changed_.notify_all();
}

void RunList::complete() {
  {
    const std::lock_guard lock(mutex_);
    if (failure_) return;
    is_complete_ = true;
  }
  changed_.notify_all();
}

void RunList::clear() {
  const std::lock_guard lock(mutex_);
  elements_.clear();
  ready_ = 0;
  bytes_ = 0;
}

void RunList::fail(Error why) {
  {
    const std::lock_guard lock(mutex_);
    if (is_complete_ || failure_) return;
    failure_ = std::move(why);
  }
  changed_.notify_all();
}

RunList::View RunList::look() const {
  View view;
  view.ready = ready_;
  view.is_complete = is_complete_;
  return view;
}

RunList::View RunList::view() const {
  const std::lock_guard lock(mutex_);
  return look();
}

bool RunList::has_failed() const {
  const std::lock_guard lock(mutex_);
  return failure_.has_value();
}

ListElement RunList::at(std::size_t index) const {
  ListElement element;
  element.index = index;
  const std::lock_guard lock(mutex_);
  element.stored = elements_.at(index).value();
  return element;
}

std::uint64_t RunList::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::vector<Uri> RunList::all() const {
  std::vector<Uri> uris;
  const std::lock_guard lock(mutex_);
  for (const std::optional<Stored>& element : elements_) {
    if (element) uris.push_back(element->uri);
  }
  return uris;
}

Task<RunList::View> RunList::co_more_than(std::size_t ready) {
  for (;;) {
    const std::uint64_t seen = changed_.epoch();
    {
      const std::lock_guard lock(mutex_);
      if (failure_) {
        throw Error(ErrorKind::writer_failed, "the list '" + name_ + "' was never completed").because(*failure_);
      }
      if (ready_ > ready || is_complete_) co_return look();
    }
    co_await changed_.co_wait(seen);
  }
}

Task<std::optional<ListElement>> co_next_element(RunList& list, std::size_t taken) {
  const RunList::View view = co_await list.co_more_than(taken);
  if (view.ready <= taken) co_return std::nullopt;
  co_return list.at(taken);
}

}  // namespace coffer
