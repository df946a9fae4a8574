#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <coffer/codec/kajson.hpp>
#include <coffer/pipe/pipe_io.hpp>
#include <coffer/pipe/pipeline.hpp>

namespace coffer {

namespace pipe_detail {

/// Whole, at most 1 GiB.
Task<std::string> co_load_content(PipeIo& io, std::string name);
Task<> co_store_content(PipeIo& io, std::string name, std::string text);
/// Says which content of which pipe it is that `why` is wrong with.
[[noreturn]] void refuse_content(PipeIo& io, const std::string& name, const Error& why);
/// Refuses as many names as a function does not have arguments or results for.
void check_names(const std::string& pipe, std::string_view what, std::size_t names, std::size_t wanted);

}  // namespace pipe_detail

/// How a T is loaded from an input and stored as an output: as Kajson, unless it is specialised. std::string is a text
/// as it is, SourcePtr an input that streams, also while it is still being written, and ListReaderPtr one that is a
/// list.
template <class T>
struct PipeContent {
  static constexpr std::string_view type = "application/json";

  static Task<T> co_load(PipeIo& io, std::string name) {
    const std::string text = co_await pipe_detail::co_load_content(io, name);
    Result<T> value = from_kajson<T>(text);
    if (!value) pipe_detail::refuse_content(io, name, value.error());
    co_return std::move(*value);
  }
  static Task<> co_store(PipeIo& io, std::string name, T value) {
    Result<std::string> text = to_kajson(value);
    if (!text) pipe_detail::refuse_content(io, name, text.error());
    std::string written = std::move(*text);
    co_await pipe_detail::co_store_content(io, std::move(name), std::move(written));
  }
};

template <>
struct PipeContent<std::string> {
  static constexpr std::string_view type = "text/plain; charset=utf-8";
  static Task<std::string> co_load(PipeIo& io, std::string name) {
    return pipe_detail::co_load_content(io, std::move(name));
  }
  static Task<> co_store(PipeIo& io, std::string name, std::string text) {
    return pipe_detail::co_store_content(io, std::move(name), std::move(text));
  }
};

template <>
struct PipeContent<SourcePtr> {
  static Task<SourcePtr> co_load(PipeIo& io, std::string name) { return io.co_input(std::move(name)); }
};

/// Nothing where the input is absent.
template <class T>
struct PipeContent<std::optional<T>> {
  static Task<std::optional<T>> co_load(PipeIo& io, std::string name) {
    std::optional<T> value;
    if (io.has_input(name)) value = co_await PipeContent<T>::co_load(io, std::move(name));
    co_return std::move(value);
  }
};

template <>
struct PipeContent<ListReaderPtr> {
  static Task<ListReaderPtr> co_load(PipeIo& io, std::string name) { return io.co_input_list(std::move(name)); }
};

namespace pipe_detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// What a function gives, as a tuple.
template <class T>
struct Results {
  using Tuple = std::tuple<T>;
};
template <class... T>
struct Results<std::tuple<T...>> {
  using Tuple = std::tuple<T...>;
};

template <std::size_t Index, class... Arguments>
Task<> co_load_from(PipeIo& io, const std::vector<std::string>& names, std::tuple<std::optional<Arguments>...>& into) {
  if constexpr (Index < sizeof...(Arguments)) {
    using Argument = std::tuple_element_t<Index, std::tuple<Arguments...>>;
    std::get<Index>(into) = co_await PipeContent<Argument>::co_load(io, names[Index]);
    co_await co_load_from<Index + 1, Arguments...>(io, names, into);
  }
}

template <std::size_t Index, class... Values>
Task<> co_store_from(PipeIo& io, const std::vector<std::string>& names, std::tuple<Values...>& values) {
  if constexpr (Index < sizeof...(Values)) {
    using Value = std::tuple_element_t<Index, std::tuple<Values...>>;
    co_await PipeContent<Value>::co_store(io, names[Index], std::move(std::get<Index>(values)));
    co_await co_store_from<Index + 1, Values...>(io, names, values);
  }
}

/// A function, with the names of what it takes and gives.
template <class Result, class... Arguments>
struct TypedRoutine {
  std::function<Task<Result>(PipeIo&, Arguments...)> function;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;

  /// It lives in the pipeline, which outlives the task.
  static Task<> co_run(PipeIo& io, const TypedRoutine& routine) {
    std::tuple<std::optional<Arguments>...> loaded;
    co_await co_load_from<0, Arguments...>(io, routine.inputs, loaded);
    const auto call = [&](std::optional<Arguments>&... argument) {
      return routine.function(io, std::move(*argument)...);
    };
    Task<Result> working = std::apply(call, loaded);
    typename Results<Result>::Tuple results(co_await std::move(working));
    co_await co_store_from<0>(io, routine.outputs, results);
  }
};

}  // namespace pipe_detail

/// A pipe that is a function: its arguments are loaded from the inputs of these names and its results stored as the
/// outputs of those, every time it runs. Several results come as a std::tuple.
///
///     Task<Summary> summarize(PipeIo& io, Article article);
///     pipeline.pipe(typed_pipe("summarize", summarize, {"article"}, {"summary"}));
///
/// In a batch (PipeSpec::batch) it runs for each element, which is the argument named as the item. Its arguments begin
/// when all of them are loaded, but for SourcePtr and ListReaderPtr, which stream. A std::optional has nothing where
/// the input is absent. Error{invalid_argument} where the names are more or fewer than the arguments and results; when
/// it runs, for a content that is none of the argument's type, with the pipe, the name, line, column and path. A
/// content that is an argument is in memory as a whole, 1 GiB at most. Results are contents, too: a pipe that streams
/// its output, or fills a list, is a PipeSpec::run.
template <class Result, class... Arguments>
PipeSpec typed_pipe(std::string name, std::function<Task<Result>(PipeIo&, Arguments...)> function,
                    std::vector<std::string> inputs, std::vector<std::string> outputs) {
  static_assert((std::is_same_v<Arguments, std::remove_cvref_t<Arguments>> && ...),
                "typed_pipe: a function takes its arguments by value");
  using Tuple = typename pipe_detail::Results<Result>::Tuple;
  pipe_detail::check_names(name, "inputs", inputs.size(), sizeof...(Arguments));
  pipe_detail::check_names(name, "outputs", outputs.size(), std::tuple_size_v<Tuple>);
  PipeSpec pipe(std::move(name));
  std::size_t next = 0;
  [[maybe_unused]] const auto read = [&](bool optional) {
    const std::string& input = inputs[next++];
    optional ? pipe.reads_if_there(input) : pipe.reads(input);
  };
  (read(pipe_detail::is_optional<Arguments>), ...);
  [&]<std::size_t... Index>(std::index_sequence<Index...>) {
    (pipe.writes(outputs[Index], std::string(PipeContent<std::tuple_element_t<Index, Tuple>>::type)), ...);
  }(std::make_index_sequence<std::tuple_size_v<Tuple>>());
  pipe_detail::TypedRoutine<Result, Arguments...> routine{std::move(function), std::move(inputs), std::move(outputs)};
  pipe.run([routine = std::move(routine)](PipeIo& io) { return routine.co_run(io, routine); });
  return pipe;
}

template <class Result, class... Arguments>
PipeSpec typed_pipe(std::string name, Task<Result> (*function)(PipeIo&, Arguments...), std::vector<std::string> inputs,
                    std::vector<std::string> outputs) {
  return typed_pipe(std::move(name), std::function<Task<Result>(PipeIo&, Arguments...)>(function), std::move(inputs),
                    std::move(outputs));
}

/// The same of a lambda or another object with one operator().
template <class Function>
  requires requires { &Function::operator(); }
PipeSpec typed_pipe(std::string name, Function function, std::vector<std::string> inputs,
                    std::vector<std::string> outputs) {
  return typed_pipe(std::move(name), std::function(std::move(function)), std::move(inputs), std::move(outputs));
}

}  // namespace coffer
