#include <iostream>

#include <coffer/storage/storage.hpp>

#include "text_table.hpp"

using namespace coffer;

Task<> co_main(Storage& storage) {
  co_await storage.co_store_at(Uri("table:///prompts/video"), "Describe the video in one sentence.");
  co_await storage.co_store_at(Uri("table:///prompts/sound"), "Name what can be heard.");
  const ListerPtr lister = co_await storage.co_list(Uri("table:///prompts/"));
  const std::vector<ListEntry> texts = co_await lister->co_next();
  const std::string text = co_await storage.co_load(Uri("table:///prompts/video"));
  std::cout << texts.size() << " texts, '" << text << "'\n";
}

int main() {
  Runtime runtime;
  ProviderRegistry providers;
  providers.add(make_text_table(runtime));
  Storage storage(runtime, providers);
  runtime.run(co_main(storage));
}
