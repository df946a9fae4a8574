#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include <coffer/codec/kajson.hpp>

#include "tests/codec/kajson_ticket.hpp"

namespace {

using namespace coffer;
using test::Ticket;

[[noreturn]] void broken(std::string_view property, std::string_view text) {
  std::cerr << property << ":\n" << text << "\n";
  std::abort();
}

}  // namespace

// No text makes the reading of a struct fail; its values are the same whether they are read as they come or last; and
// what is written of it is read as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Result<Ticket> ticket = from_kajson<Ticket>(text);
  if (!ticket) {
    if (!ticket.error().message().starts_with("line ")) broken("a refusal without a place", text);
    return 0;
  }
  const Result<std::string> written = to_kajson(*ticket);
  if (!written) return 0;  // A map's name that is a tag.
  const JsonDocument document = JsonDocument::parse(text).value();
  const Result<Ticket> last =
      kajson_detail::read_all<Ticket>(KajsonReader(document.root(), KajsonReader::Order::last_values));
  if (!last || to_kajson(*last).value() != *written) broken("the last values are others", text);
  const Result<Ticket> again = from_kajson<Ticket>(*written);
  if (!again || to_kajson(*again).value() != *written) broken("what was written is another struct", *written);
  return 0;
}
