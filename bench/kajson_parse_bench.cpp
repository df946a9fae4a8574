// How fast is a document read into a JsonDocument, beside simdjson's own DOM parse of the same text?

#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include <coffer/codec/json_document.hpp>
#include <simdjson.h>

#include "bench/arguments.hpp"
#include "bench/kajson_documents.hpp"
#include "bench/usage.hpp"

namespace {

using namespace coffer;

/// Each is given the text with room behind it, and makes everything else anew.
double coffer_seconds(const std::string& text) {
  std::string given;
  given.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  given = text;
  const double start = bench::seconds_now();
  const Result<JsonDocument> document = JsonDocument::parse(std::move(given));
  const double seconds = bench::seconds_now() - start;
  if (!document) throw document.error();
  return seconds;
}

double dom_seconds(const std::string& text) {
  const simdjson::padded_string given(text);
  const double start = bench::seconds_now();
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  const simdjson::error_code failed = parser.parse(given).get(root);
  const double seconds = bench::seconds_now() - start;
  if (failed) throw std::runtime_error(simdjson::error_message(failed));
  return seconds;
}

void parse(const std::vector<std::string>& arguments) {
  const bool dom = arguments[0] == "dom";
  if (!dom && arguments[0] != "coffer") throw std::invalid_argument("who: coffer or dom");
  const std::string text = bench::make_kajson_documents(bench::number(arguments[1]));
  const std::uint64_t times = bench::number(arguments[2]);
  const double cpu = bench::cpu_seconds();
  double seconds = 0;
  for (std::uint64_t done = 0; done <= times; ++done) {
    const double once = dom ? dom_seconds(text) : coffer_seconds(text);
    if (done > 0) seconds += once;  // The first one warms up.
  }
  const unsigned long long bytes = text.size() * times;
  std::printf(R"({"bytes": %llu, "seconds": %.6f, "cpu_seconds": %.6f, "peak_rss": %llu})"
              "\n",
              bytes, seconds, bench::cpu_seconds() - cpu, static_cast<unsigned long long>(bench::peak_rss()));
}

}  // namespace

int main(int argc, char** argv) { return coffer::bench::run_bench(argc, argv, 3, "coffer|dom BYTES TIMES", parse); }
