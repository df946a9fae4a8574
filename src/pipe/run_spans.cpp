#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <coffer/pipe/run_spans.hpp>

namespace coffer {
namespace {

using Attributes = std::vector<SpanAttribute>;

SpanAttribute text(std::string_view name, std::string value) { return {name, std::move(value)}; }
SpanAttribute number(std::string_view name, std::uint64_t value) { return {name, static_cast<std::int64_t>(value)}; }

/// Ingests and pipes may have the same name.
struct Place {
  bool is_ingest = false;
  std::string name;
  auto operator<=>(const Place&) const = default;
};

}  // namespace

struct RunSpans::State {
  State(std::shared_ptr<SpanObserver> told, const Pipeline& of) : observer(std::move(told)), pipeline(of.name()) {
    for (const PipeSpec& pipe : of.pipes()) {
      for (const WriteSpec& write : pipe.writes()) writes[pipe.name()].push_back(write.name);
      claim(pipe.name());
    }
  }

  /// Of pipes that exclude each other, the one that runs writes what they all could.
  void claim(const std::string& pipe) {
    for (const std::string& name : writes[pipe]) writers.insert_or_assign(name, Place{false, pipe});
  }

  Span begin(std::string_view name, Span parent, Attributes attributes) {
    attributes.push_back(text("coffer.pipeline.name", pipeline));
    return observer->begins(name, parent, attributes);
  }
  Span begin_object(const std::string& name) {
    const auto known = writers.find(name);
    // What no pipe writes is an ingest of this name.
    const Place writer = known == writers.end() ? Place{true, name} : known->second;
    const auto pipe = pipes.find(writer);
    return begin("coffer.store", pipe == pipes.end() ? run : pipe->second,
                 {text("coffer.object.name", name), text("coffer.pipe.name", writer.name)});
  }
  /// What it was about to store is not stored.
  void end_objects_of(const Place& pipe, const std::string& error) {
    std::erase_if(objects, [&](const auto& object) {
      const auto writer = writers.find(object.first);
      if ((writer == writers.end() ? Place{true, object.first} : writer->second) != pipe) return false;
      observer->ends(object.second, error, {});
      return true;
    });
  }
  void end_pipe(const PipeReport& report, const Error* error) {
    const auto pipe = pipes.find(Place{report.is_ingest, report.name});
    if (pipe == pipes.end()) return;
    const std::string why = error == nullptr ? std::string() : error->what();
    end_objects_of(pipe->first, why);
    Attributes attributes = {number("coffer.pipe.bytes_in", report.bytes_in),
                             number("coffer.pipe.bytes_out", report.bytes_out)};
    if (error != nullptr) attributes.push_back(text("error.type", std::string(to_string(error->kind()))));
    observer->ends(pipe->second, why, attributes);
    pipes.erase(pipe);
  }

  /// `tell()` under the lock. A run goes on where there is no memory to tell of it.
  template <class Tell>
  void quietly(Tell tell) noexcept {
    try {
      const std::lock_guard lock(mutex);
      if (!has_ended) tell();
    } catch (const std::exception&) {
      return;
    }
  }

  const std::shared_ptr<SpanObserver> observer;
  const std::string pipeline;
  std::mutex mutex;
  bool has_ended = false;
  std::optional<Error> failure;  // Of the pipe that failed first.
  Span run = 0;
  std::map<std::string, std::vector<std::string>> writes;  // By pipe.
  std::map<std::string, Place> writers;                    // By name.
  std::map<Place, Span> pipes;
  std::map<std::string, Span> objects;
};

RunSpans::RunSpans(std::shared_ptr<SpanObserver> observer, const Pipeline& pipeline, Span parent)
    : state_(std::make_unique<State>(std::move(observer), pipeline)) {
  state_->run = state_->begin("coffer.run", parent, {});
}

RunSpans::~RunSpans() {
  std::optional<Error> failure;
  state_->quietly([&] { failure = state_->failure; });
  ended(failure ? &*failure : nullptr);
}

void RunSpans::started(const std::string& pipe, std::chrono::nanoseconds, bool is_ingest) noexcept {
  state_->quietly([&] {
    if (!is_ingest) state_->claim(pipe);
    const Span span =
        state_->begin(is_ingest ? "coffer.ingest" : "coffer.pipe", state_->run, {text("coffer.pipe.name", pipe)});
    state_->pipes.emplace(Place{is_ingest, pipe}, span);
  });
}

void RunSpans::first_byte(const std::string& name, std::chrono::nanoseconds) noexcept {
  state_->quietly([&] {
    if (!state_->objects.contains(name)) state_->objects.emplace(name, state_->begin_object(name));
  });
}

void RunSpans::committed(const std::string& name, const Stored& stored, std::chrono::nanoseconds) noexcept {
  state_->quietly([&] {
    const auto begun = state_->objects.find(name);
    const Span span = begun == state_->objects.end() ? state_->begin_object(name) : begun->second;
    if (begun != state_->objects.end()) state_->objects.erase(begun);
    Attributes attributes = {number("coffer.object.size", stored.size)};
    if (!stored.uri.empty()) attributes.push_back(text("url.full", stored.uri.text()));
    state_->observer->ends(span, "", attributes);
  });
}

void RunSpans::finished(const PipeReport& report) noexcept {
  state_->quietly([&] { state_->end_pipe(report, nullptr); });
}

void RunSpans::failed(const PipeReport& report, const Error& error) noexcept {
  state_->quietly([&] {
    state_->end_pipe(report, &error);
    // Those that were cancelled for it may tell first.
    if (!state_->failure || state_->failure->kind() == ErrorKind::cancelled) state_->failure = error;
  });
}

void RunSpans::ended(const Error* error) noexcept {
  state_->quietly([&] {
    state_->has_ended = true;
    const std::string why = error == nullptr ? std::string() : error->what();
    for (const auto& [name, span] : state_->objects) state_->observer->ends(span, why, {});
    for (const auto& [pipe, span] : state_->pipes) state_->observer->ends(span, why, {});
    Attributes attributes;
    if (error != nullptr) attributes.push_back(text("error.type", std::string(to_string(error->kind()))));
    state_->observer->ends(state_->run, why, attributes);
  });
}

}  // namespace coffer
