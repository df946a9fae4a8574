#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace coffer {

/// What is known of a span. Names follow OpenTelemetry's conventions where there is one ("url.full", "error.type");
/// ours begin with "coffer.".
struct SpanAttribute {
  std::string_view name;
  std::variant<std::string, std::int64_t, bool> value;
};

/// Is told of spans: pieces of work with a begin and an end, which may lie in another. The bridge to a tracer; silent
/// by default. Times are those of the calls. Called from any thread, also at once; returns soon, never throws and never
/// calls back.
class SpanObserver {
 public:
  /// Names a span that goes on; 0 is none.
  using Span = std::uint64_t;

  virtual ~SpanObserver() = default;
  /// `name` is one of few ("coffer.pipe"): what differs is in the attributes. All views are valid during the call.
  virtual Span begins(std::string_view /*name*/, Span /*parent*/,
                      std::span<const SpanAttribute> /*attributes*/) noexcept {
    return 0;
  }
  /// Once for each begin. `error`: what failed it, for people; empty where nothing did. Secrets are in none of it.
  virtual void ends(Span /*span*/, std::string_view /*error*/, std::span<const SpanAttribute> /*attributes*/) noexcept {
  }
};

}  // namespace coffer
