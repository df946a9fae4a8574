#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <coffer/async/task.hpp>
#include <coffer/base/uri.hpp>
#include <coffer/pipe/list.hpp>
#include <coffer/storage/options.hpp>
#include <coffer/stream/byte_sink.hpp>
#include <coffer/stream/byte_source.hpp>

namespace coffer {

class Storage;

/// What a pipe's coroutine works with. Lives until the coroutine has ended; used from it alone. What it gives ends
/// before the coroutine does.
class PipeIo {
 public:
  PipeIo() = default;
  PipeIo(const PipeIo&) = delete;
  PipeIo& operator=(const PipeIo&) = delete;
  virtual ~PipeIo() = default;

  /// The pipe's name.
  virtual const std::string& pipe() const noexcept = 0;
  virtual Storage& storage() const noexcept = 0;

  /// Whether an input is there: false for one that is optional and absent.
  virtual bool has_input(const std::string& name) const noexcept = 0;
  /// A new stream of an input from its start, or of a range: of what is being written, as far as it is; it ends once
  /// all of it is written and is being committed; the pipe has not finished before that commit. Error{invalid_argument}
  /// for a name that the pipe does not read or that is absent; Error{writer_failed}.
  virtual Task<SourcePtr> co_input(std::string name, ReadOptions options = {}) = 0;
  /// Where an input is, or will be once it is committed. There is no object there where its content stays in memory
  /// (RunOptions::inline_below).
  virtual Uri input_uri(const std::string& name) const = 0;

  /// The sink of an output; readers see what is written to it at once. The pipe commits it: one that ends without
  /// having committed each of its outputs has failed. Once for each name; Error{invalid_argument} for one that it does
  /// not write.
  virtual Task<SinkPtr> co_output(std::string name) = 0;
  /// All of an output at once, committed when it returns: one that is short stays in memory and is not stored, where
  /// the run allows that. In the place of co_output().
  virtual Task<> co_give(std::string name, std::string content) = 0;

  /// The elements of an input that is a list, from the first; those not yet there are waited for.
  virtual Task<ListReaderPtr> co_input_list(std::string name) = 0;
  /// The sink of an output that is a list (PipeSpec::writes_list); readers get each element that is appended at once.
  /// The pipe commits it. Once for each name.
  virtual Task<ListSinkPtr> co_output_list(std::string name) = 0;
  /// Runs a heavy computation on threads of its own, one for each core (RuntimeConfig::compute_threads), and gives what
  /// it returns or throws; I/O goes on meanwhile. What the call refers to stays alive until the task has ended: a call
  /// that has started is waited for, one that has not is dropped where the pipe is cancelled. With g++ 12 a lambda that
  /// owns something is named first: `auto call = [text] {...}; auto value = co_await io.compute(std::move(call));`
  template <class Call>
  Task<std::invoke_result_t<Call&>> compute(Call call);

  /// Which element of its list a batch runs for, from 0; nothing where the pipe is no batch.
  virtual std::optional<std::size_t> batch_index() const noexcept = 0;

 protected:
  virtual Task<> co_compute(std::function<void()> call) = 0;
};

template <class Call>
Task<std::invoke_result_t<Call&>> PipeIo::compute(Call call) {
  using Value = std::invoke_result_t<Call&>;
  if constexpr (std::is_void_v<Value>) {
    std::function<void()> job = [held = std::make_shared<Call>(std::move(call))] { (*held)(); };
    co_await co_compute(std::move(job));
  } else {
    auto value = std::make_shared<std::optional<Value>>();
    std::function<void()> job = [value, held = std::make_shared<Call>(std::move(call))] { value->emplace((*held)()); };
    co_await co_compute(std::move(job));
    co_return std::move(**value);
  }
}

}  // namespace coffer
