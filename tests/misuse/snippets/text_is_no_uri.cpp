// Text becomes a Uri only where that is said: else a URI's text could be stored as bytes, and bytes be read as a place.
// error: cannot convert .*Uri|no viable conversion from .* to .Uri
#include <string>
#include <utility>

#include <coffer/storage/storage.hpp>

coffer::Task<std::string> load(coffer::Storage& storage) {
  co_await storage.co_load("file:///data/a.txt");  // MISUSE
  co_return co_await storage.co_load(coffer::Uri("file:///data/a.txt"));
}
