// A Task does nothing before it is awaited: a removal without co_await removes nothing.
// error: ignoring return.*nodiscard
#include <utility>

#include <coffer/storage/storage.hpp>

coffer::Task<> clean_up(coffer::Storage& storage, coffer::Uri uri) {
  storage.co_remove(uri);  // MISUSE
  co_await storage.co_remove(std::move(uri));
}
