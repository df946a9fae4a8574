#include "cli/pipeline_argument.hpp"

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>

#include <coffer/base/error.hpp>
#include <coffer/base/result.hpp>
#include <coffer/pipe/pipeline_file.hpp>

#include "cli/text.hpp"

namespace coffer::cli {
namespace {

/// As docs/pipeline_format.md has it, and one byte more, so that too much is seen.
constexpr std::size_t most_bytes = (std::size_t{1} << 20U) + 1;

std::string read_text(const std::string& file) {
  if (std::filesystem::is_directory(file)) {
    throw Error(ErrorKind::invalid_argument, "is a folder: name the pipeline's file");
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string text(most_bytes, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || (!stream.eof() && stream.fail())) throw Error::from_errno(errno != 0 ? errno : EIO, "open");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

}  // namespace

std::optional<Pipeline> read_pipeline(Console& console, const std::string& file) {
  const auto named = [&file](const Error& error) { return Error(error).during("read").about(printable(file)); };
  std::string text;
  try {
    text = read_text(file);
  } catch (const Error& error) {
    throw named(error);
  }
  Result<Pipeline> pipeline = parse_pipeline(text);
  if (pipeline) return std::move(*pipeline);
  console.error(named(pipeline.error()));
  return std::nullopt;
}

bool report_findings(Console& console, const std::string& file, const PipelineCheck& check) {
  for (const Finding& finding : check.findings) {
    std::string place = printable(file);
    if (finding.place.known()) {
      place += ":" + std::to_string(finding.place.line) + ":" + std::to_string(finding.place.column);
    }
    const std::string message = printable(finding.message);
    if (finding.severity == Severity::warning) {
      console.note(place + ": warning: " + message);
    } else if (console.json()) {
      console.error(Error(ErrorKind::invalid_argument, message).about(place));
    } else {
      console.complain(place + ": error: " + message);
    }
  }
  return check.ok();
}

}  // namespace coffer::cli
