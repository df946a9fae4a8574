#include <iostream>
#include <string>

#include <coffer/coffer.hpp>

namespace {

coffer::Task<> store_and_load(coffer::Storage& storage) {
  const coffer::Stored stored = co_await storage.co_store(std::string("a text that outlives this program"));
  const std::string text = co_await storage.co_load(stored.uri);
  std::cout << "coffer " << coffer::version() << " keeps '" << text << "' in " << stored.uri.text() << '\n';
}

}  // namespace

int main() {
  coffer::Runtime runtime;
  coffer::Storage storage = coffer::open_storage(runtime, coffer::StoreConfig("store"));
  runtime.run(store_and_load(storage));
}
