#pragma once

#include <coffer/base/error.hpp>
#include <gtest/gtest.h>

namespace coffer::test {

/// What the call throws.
template <class Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

}  // namespace coffer::test
