// Reads a working memory from standard input and writes it again: as it is, or after each content was in a store.
//
// usage: coffer_memory_echo text|stuffs

#include <iostream>
#include <iterator>
#include <string>
#include <utility>

#include <coffer/coffer.hpp>
#include <coffer/pipe/stuff_storage.hpp>
#include <coffer/pipe/working_memory.hpp>

int main(int argc, char** argv) {
  using namespace coffer;
  std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  try {
    WorkingMemory memory = WorkingMemory::parse(std::move(text)).value();
    if (argc == 2 && std::string_view(argv[1]) == "stuffs") {
      Runtime runtime;
      Storage storage = open_storage(runtime, StoreConfig("mem://echo"));
      memory = runtime.run(co_store_stuffs(storage, std::move(memory), 0));
      for (const std::string& name : memory.names()) {
        if (!memory.find(name)->reference()) throw Error(ErrorKind::corrupt, name + " is not in the store");
      }
      memory = runtime.run(co_load_stuffs(storage, std::move(memory)));
    }
    std::cout << memory.text();
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
