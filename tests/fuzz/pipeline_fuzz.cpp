#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include <coffer/pipe/pipeline_check.hpp>
#include <coffer/pipe/pipeline_file.hpp>

namespace {

using namespace coffer;

[[noreturn]] void broken(std::string_view property, std::string_view text) {
  std::cerr << property << ":\n" << text << "\n";
  std::abort();
}

}  // namespace

// No text makes the parser or the check fail; what is parsed and printed again parses to the same pipeline.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<Pipeline> pipeline = parse_pipeline(text);
  if (!pipeline) {
    if (pipeline.error().message().empty()) broken("a refusal without a reason", text);
    return 0;
  }
  const Result<std::string> printed = pipeline_to_json(*pipeline);
  if (!printed) broken("a parsed pipeline cannot be printed", text);
  const Result<Pipeline> again = parse_pipeline(*printed);
  if (!again) broken("what was printed is refused", *printed);
  if (!same_document(*pipeline, *again)) broken("what was printed is another pipeline", *printed);
  const PipelineCheck check = check_pipeline(*pipeline);
  if (to_text(check).empty() || to_json(check).empty()) broken("a check without words", text);
  return 0;
}
