#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <coffer/async/runtime.hpp>
#include <coffer/codec/json_document.hpp>
#include <coffer/pipe/memory_offload.hpp>
#include <coffer/providers/memory.hpp>
#include <coffer/storage/storage.hpp>
#include <coffer/stream/memory_source.hpp>

#include "codec/json_scanner.hpp"
#include "pipe/memory_scanner.hpp"

namespace {

using namespace coffer;

[[noreturn]] void broken(std::string_view property, std::string_view text) {
  std::cerr << property << ":\n" << text << "\n";
  std::abort();
}

Storage make_storage(Runtime& runtime) {
  ProviderRegistry providers;
  providers.add_active(make_memory_provider(runtime));
  return {runtime, std::move(providers)};
}

/// A document in the store: its text, or nothing where it was refused.
struct Written {
  std::optional<std::string> text;
  std::string refusal;
};

Task<Written> co_offload(Storage& storage, std::string memory, OffloadOptions options) {
  Written written;
  const Uri light = storage.uri_of("light");
  try {
    SinkPtr sink = co_await storage.co_create(light);
    co_await co_offload_memory(storage, make_memory_source(std::move(memory)), *sink, std::move(options));
    written.text = co_await storage.co_load(light);
  } catch (const Error& error) {
    written.refusal = error.what();
  }
  co_return written;
}

Task<Written> co_inline(Storage& storage, std::string light) {
  Written written;
  const Uri whole = storage.uri_of("whole");
  try {
    SinkPtr sink = co_await storage.co_create(whole);
    co_await co_inline_memory(storage, make_memory_source(std::move(light)), *sink);
    written.text = co_await storage.co_load(whole);
  } catch (const Error& error) {
    written.refusal = error.what();
  }
  co_return written;
}

/// The scanner takes what JsonDocument takes, in pieces of any size, and gives every character back.
bool is_json(std::string_view text, std::size_t piece) {
  std::string parts;
  try {
    JsonScanner scanner;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      scanner.feed(text.substr(at, piece));
      while (const auto part = scanner.next()) parts += part->text;
    }
    scanner.end();
  } catch (const Error& error) {
    if (!error.message().starts_with("line ")) broken("a refusal without a place", text);
    return false;
  }
  if (parts != text) broken("the parts are not the text", text);
  return true;
}

/// What may be moved of it, the same in pieces of every size; nothing where it is no working memory.
std::optional<std::string> movable(std::string_view text, std::size_t piece) {
  std::string parts;
  std::string strings;
  try {
    MemoryScanner scanner;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      scanner.feed(text.substr(at, piece));
      while (const auto part = scanner.next()) {
        parts += part->text;
        if (part->kind != MemoryPart::Kind::kept) strings += part->text;
      }
    }
    scanner.end();
  } catch (const Error&) {
    return std::nullopt;
  }
  if (parts != text) broken("the parts of a working memory are not its text", text);
  return strings;
}

}  // namespace

// What offload moved inline brings back, byte for byte. A document with references comes back with what they refer to,
// or not at all.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Made once: threads cost more than an input.
  static Runtime runtime;
  static Storage storage = make_storage(runtime);
  if (size == 0) return 0;
  constexpr std::array<std::uint64_t, 4> thresholds = {0, 8, 64, 1024};
  const std::uint64_t inline_below = thresholds[data[0] % thresholds.size()];
  const std::string memory(reinterpret_cast<const char*>(data) + 1, size - 1);

  const bool json = JsonDocument::parse(memory).has_value();
  for (const std::size_t piece : {std::size_t{1}, std::size_t{5}, std::max<std::size_t>(memory.size(), 1)}) {
    if (is_json(memory, piece) != json)
      broken(json ? "JSON is refused in pieces" : "no JSON is taken in pieces", memory);
  }

  const auto whole_movable = movable(memory, std::max<std::size_t>(memory.size(), 1));
  for (const std::size_t piece : {1U, 2U, 3U, 7U}) {
    if (movable(memory, piece) != whole_movable) broken("what may be moved depends on the pieces", memory);
  }

  OffloadOptions options;
  options.inline_below(inline_below);
  const Written light = runtime.run(co_offload(storage, memory, std::move(options)));
  if (!light.text) {
    if (json && light.refusal.find("no member root") == std::string::npos) broken(light.refusal, memory);
    return 0;
  }
  if (!json) broken("what is no JSON was moved", memory);
  const Written whole = runtime.run(co_inline(storage, *light.text));
  const bool has_references = memory.find("#coffer&as=") != std::string::npos;
  if (!whole.text && !has_references) broken(whole.refusal, memory);
  if (whole.text && *whole.text != memory && !has_references) broken("another document came back", *whole.text);
  runtime.run(storage.providers().active()->co_remove(std::string(offload_folder) + "/", RemoveOptions().recursive()));
  return 0;
}
