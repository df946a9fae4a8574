// Reads a Ticket from standard input and writes it again; an argument is the indent. For kajson_oracle_test.py.

#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>

#include "codec/kajson_ticket.hpp"

int main(int argc, char** argv) {
  const std::string text((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
  coffer::JsonStyle style;
  if (argc > 1) style.indent(std::stoul(argv[1]));
  const auto ticket = coffer::from_kajson<coffer::test::Ticket>(text);
  if (!ticket) {
    std::cerr << ticket.error().what() << "\n";
    return EXIT_FAILURE;
  }
  std::cout << coffer::to_kajson(*ticket, style).value();
  return EXIT_SUCCESS;
}
