#pragma once

#include <boost/system/result.hpp>
#include <coffer/base/error.hpp>

namespace coffer {

/// A value or an Error, returned by functions that do no I/O, each of them [[nodiscard]]. `value()` throws the Error.
template <class T>
using Result = boost::system::result<T, Error>;

/// Found by argument-dependent look-up: what `Result<T>::value()` does when there is none.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace coffer
