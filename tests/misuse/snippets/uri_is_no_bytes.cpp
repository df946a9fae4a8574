// Storing a Uri would store its text under a name of its own, not the object it names.
// error: no matching (member )?function for call to .*co_store
#include <string>
#include <utility>

#include <coffer/storage/storage.hpp>

coffer::Task<> store(coffer::Storage& storage, coffer::Uri uri, std::string bytes) {
  co_await storage.co_store(uri);  // MISUSE
  co_await storage.co_store(std::move(bytes));
  co_await storage.co_copy(uri, coffer::Uri("file:///data/copy.txt"));
}
