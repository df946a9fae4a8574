#include "cli/pipeline_argument.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include <coffer/base/error.hpp>
#include <coffer/base/result.hpp>
#include <coffer/pipe/pipeline_file.hpp>

#include "cli/text.hpp"

namespace coffer::cli {
namespace {

/// As docs/pipeline_format.md has it, and one byte more, so that too much is seen.
constexpr std::size_t most_bytes = (std::size_t{1} << 20U) + 1;

std::string read_text(const std::string& file) {
  std::error_code ignored;  // Opening it tells.
  if (std::filesystem::is_directory(file, ignored)) {
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

/// A file that another one names, relative to that.
Result<PipelineSource> open_beside(const std::string& path, const std::string& from) {
  PipelineSource source;
  source.path = (std::filesystem::path(from).parent_path() / path).lexically_normal().native();
  try {
    source.text = read_text(source.path);
  } catch (const Error& error) {
    return Error(error.kind(), printable(source.path) + " cannot be read: " + error.message());
  }
  return source;
}

/// The digits behind `word` are taken off, and `end` behind them; 0, and nothing taken, where the text begins
/// otherwise.
std::uint32_t take_number(std::string_view& text, std::string_view word, std::string_view end) {
  if (!text.starts_with(word)) return 0;
  std::uint32_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data() + word.size(), last, number);
  const std::string_view rest(stop, static_cast<std::size_t>(last - stop));
  if (failed != std::errc() || !rest.starts_with(end)) return 0;
  text = rest.substr(end.size());
  return number;
}

/// What the parser says begins with "line 3, column 5: "; a document that is too large has no place.
Finding finding_of(std::string_view message) {
  Finding finding;
  std::string_view rest = message;
  const std::uint32_t line = take_number(rest, "line ", ", ");
  const std::uint32_t column = take_number(rest, "column ", ": ");
  if (line != 0 && column != 0) {
    finding.place.line = line;
    finding.place.column = column;
    message = rest;
  }
  finding.message = message;
  return finding;
}

std::string place_of(const std::string& file, const Finding& finding) {
  std::string place = printable(file);
  if (!finding.place.known()) return place;
  return place + ":" + std::to_string(finding.place.line) + ":" + std::to_string(finding.place.column);
}

}  // namespace

PipelineArgument read_pipeline(const std::string& file, const PipeRoutines& routines) {
  const auto named = [&file](const Error& error) { return Error(error).during("read").about(printable(file)); };
  PipelineSource source;
  source.path = std::filesystem::path(file).lexically_normal().native();
  try {
    source.text = read_text(file);
  } catch (const Error& error) {
    throw named(error);
  }
  PipelineArgument read;
  read.files.push_back(source.path);
  const auto open = [&read](const std::string& path, const std::string& from) {
    Result<PipelineSource> beside = open_beside(path, from);
    if (beside) read.files.push_back(beside->path);
    return beside;
  };
  Result<Pipeline> pipeline = parse_pipeline(source, routines, open);
  if (pipeline) {
    read.check = check_pipeline(*pipeline);
    if (read.check.ok()) read.missing_programs = find_missing_programs(*pipeline);
    read.pipeline = std::move(*pipeline);
  } else {
    read.check.findings.push_back(finding_of(pipeline.error().message()));
  }
  return read;
}

Error first_error(const std::string& file, const PipelineCheck& check) {
  const auto finding = std::ranges::find(check.findings, Severity::error, &Finding::severity);
  return {ErrorKind::invalid_argument, place_of(file, *finding) + ": " + finding->message};
}

void report_findings(Console& console, const std::string& file, const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    const bool is_error = finding.severity == Severity::error;
    const std::string line =
        place_of(file, finding) + (is_error ? ": error: " : ": warning: ") + printable(finding.message);
    if (is_error) {
      console.complain(line);
    } else {
      console.note(line);
    }
  }
}

}  // namespace coffer::cli
