#pragma once

#include <boost/asio/awaitable.hpp>

namespace coffer {

/// What every `co_` function returns: Asio's own coroutine type with its default executor, so that Coffer's coroutines
/// and a program's compose without adaptors. Lazy: nothing runs before it is awaited or spawned.
template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace coffer
