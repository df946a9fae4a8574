// How fast do documents become C++ structs, and structs documents? Opaque values beside them.

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <coffer/codec/kajson.hpp>

#include "bench/arguments.hpp"
#include "bench/kajson_documents.hpp"
#include "bench/usage.hpp"

namespace kajson_shop {

struct Place {
  std::int64_t page = 0;
  std::vector<double> box;
};
BOOST_DESCRIBE_STRUCT(Place, (), (page, box))

struct Line {
  std::string text;
  double price = 0;
  Place place;
};
BOOST_DESCRIBE_STRUCT(Line, (), (text, price, place))

struct Ticket {
  std::string title;
  double amount = 0;
  std::int64_t count = 0;
  bool paid = false;
  std::optional<std::string> note;
  coffer::KajsonDate due;
  std::vector<std::string> tags;
  std::vector<Line> lines;
};
BOOST_DESCRIBE_STRUCT(Ticket, (), (title, amount, count, paid, note, due, tags, lines))

}  // namespace kajson_shop

COFFER_KAJSON_CLASS(kajson_shop::Place, "Place", "kajson_shop")
COFFER_KAJSON_CLASS(kajson_shop::Line, "Line", "kajson_shop")
COFFER_KAJSON_CLASS(kajson_shop::Ticket, "Ticket", "kajson_shop")

namespace {

using namespace coffer;
using Tickets = std::vector<kajson_shop::Ticket>;

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The seconds of one call, without those of its result's destruction.
template <class Call>
double seconds_of(const Call& call) {
  const double start = bench::seconds_now();
  const auto result = call();
  return bench::seconds_now() - start;
}

/// One run; the result is looked at once, so that a wrong one is no fast one.
std::function<double()> job(const std::string& what, const std::string& text) {
  if (what == "decode") return [&text] { return seconds_of([&] { return from_kajson<Tickets>(text).value(); }); };
  if (what == "decode-opaque") return [&text] { return seconds_of([&] { return JsonDocument::parse(text).value(); }); };
  const auto tickets = std::make_shared<const Tickets>(from_kajson<Tickets>(text).value());
  if (to_kajson(*tickets).value() != text) throw std::runtime_error("what is written is not what was read");
  if (what == "encode") return [tickets] { return seconds_of([&] { return to_kajson(*tickets).value(); }); };
  const auto document = std::make_shared<const JsonDocument>(JsonDocument::parse(text).value());
  if (what == "encode-opaque") return [document] { return seconds_of([&] { return emit_json(document->root()); }); };
  throw std::invalid_argument("what: decode, encode, decode-opaque or encode-opaque");
}

void measure(const std::vector<std::string>& arguments) {
  if (arguments[0] == "make") {
    std::ofstream(arguments[1], std::ios::binary) << bench::make_kajson_documents(bench::number(arguments[2]));
    return;
  }
  const std::string text = text_of(arguments[1]);
  const std::uint64_t times = bench::number(arguments[2]);
  const std::function<double()> once = job(arguments[0], text);
  once();  // Warms up.
  const double cpu = bench::cpu_seconds();
  double seconds = 0;
  for (std::uint64_t done = 0; done < times; ++done) seconds += once();
  const unsigned long long bytes = text.size() * times;
  std::printf(R"({"bytes": %llu, "seconds": %.6f, "cpu_seconds": %.6f, "peak_rss": %llu})"
              "\n",
              bytes, seconds, bench::cpu_seconds() - cpu, static_cast<unsigned long long>(bench::peak_rss()));
}

}  // namespace

int main(int argc, char** argv) {
  return coffer::bench::run_bench(argc, argv, 3, "make|decode|encode|decode-opaque|encode-opaque FILE BYTES|TIMES",
                                  measure);
}
