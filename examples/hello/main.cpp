#include <iostream>

#include <coffer/coffer.hpp>

coffer::Task<> store_and_read(coffer::Storage& storage) {
  const coffer::Stored film = co_await storage.co_store(std::string(5'000'000, 'x'));
  const coffer::SourcePtr source = co_await storage.co_open(film.uri);
  std::uint64_t bytes = 0;
  while (const std::optional<coffer::Chunk> chunk = co_await source->co_read()) bytes += chunk->size();
  std::cout << bytes << " bytes from " << film.uri.text() << '\n';
}

int main() {
  coffer::Runtime runtime(coffer::RuntimeConfig().budget(32 << 20));
  coffer::Storage storage = coffer::open_storage(runtime, coffer::StoreConfig("store"));
  runtime.run(store_and_read(storage));
}
