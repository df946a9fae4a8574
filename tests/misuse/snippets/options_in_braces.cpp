// g++ 12.2 destroys an aggregate twice that owns memory and is written inside a co_await: options have setters instead.
// error: initializer list>' to 'coffer::ReadOptions'|non-aggregate type 'ReadOptions' with a designated
#include <utility>

#include <coffer/storage/storage.hpp>

coffer::Task<> read(coffer::Storage& storage, coffer::Uri uri) {
  coffer::SourcePtr part = co_await storage.co_open(uri, {.range = coffer::ByteRange::from(100)});  // MISUSE
  auto options = coffer::ReadOptions().range(coffer::ByteRange::from(100));
  coffer::SourcePtr same = co_await storage.co_open(std::move(uri), std::move(options));
}
