#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

#include "subject.hpp"

namespace coffer::conformance {

inline constexpr std::size_t usual_budget = std::size_t{64} << 20U;

/// One sentence of the contract, and how it is checked.
struct Promise {
  const char* sentence;
  void (*check)(Subject&);
  std::size_t budget = usual_budget;
};

/// A check is a function of the subject, or a coroutine of it.
template <auto Check>
void perform(Subject& subject) {
  if constexpr (std::is_void_v<decltype(Check(subject))>) {
    Check(subject);
  } else {
    subject.run(Check(subject));
  }
}

/// A coroutine that cancels what it started.
template <auto Check>
void perform_on_strand(Subject& subject) {
  subject.run_on_strand(Check(subject));
}

std::span<const Promise> store_promises();
std::span<const Promise> sink_promises();
std::span<const Promise> readback_promises();
std::span<const Promise> read_promises();
std::span<const Promise> object_promises();
std::span<const Promise> condition_promises();
std::span<const Promise> name_promises();
std::span<const Promise> list_promises();
std::span<const Promise> remove_promises();
std::span<const Promise> concurrency_promises();

}  // namespace coffer::conformance

#define COFFER_PROMISE(check) \
  ::coffer::conformance::Promise { #check, &::coffer::conformance::perform<check> }
#define COFFER_PROMISE_ON_STRAND(check) \
  ::coffer::conformance::Promise { #check, &::coffer::conformance::perform_on_strand<check> }
