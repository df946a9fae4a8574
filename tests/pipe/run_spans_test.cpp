#include <memory>
#include <string>
#include <vector>

#include <coffer/pipe/run_spans.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using std::chrono::nanoseconds;

std::string words_of(std::span<const SpanAttribute> attributes) {
  std::string words;
  for (const SpanAttribute& attribute : attributes) {
    words += " " + std::string(attribute.name) + "=";
    if (const auto* text = std::get_if<std::string>(&attribute.value)) words += *text;
    if (const auto* number = std::get_if<std::int64_t>(&attribute.value)) words += std::to_string(*number);
  }
  return words;
}

/// "1 begins coffer.run in 0 a=b", "1 ends: why a=b".
class Heard final : public SpanObserver {
 public:
  Span begins(std::string_view name, Span parent, std::span<const SpanAttribute> attributes) noexcept override {
    lines.push_back(std::to_string(++last_) + " begins " + std::string(name) + " in " + std::to_string(parent) +
                    words_of(attributes));
    return last_;
  }
  void ends(Span span, std::string_view error, std::span<const SpanAttribute> attributes) noexcept override {
    lines.push_back(std::to_string(span) + " ends:" + std::string(error) + words_of(attributes));
  }
  std::vector<std::string> lines;

 private:
  Span last_ = 100;
};

Pipeline copying() {
  return Pipeline("job").input("film").output("sound").pipe(PipeSpec("copy").reads("film").writes("sound"));
}

PipeReport report(const std::string& name, bool is_ingest) {
  PipeReport report;
  report.name = name;
  report.is_ingest = is_ingest;
  report.bytes_in = 7;
  report.bytes_out = 5;
  return report;
}

TEST(RunSpans, an_object_lies_in_its_pipe_and_that_in_the_run) {
  const auto heard = std::make_shared<Heard>();
  {
    RunSpans spans(heard, copying(), 9);
    spans.started("film", nanoseconds(0), true);
    spans.started("copy", nanoseconds(0), false);
    spans.first_byte("sound", nanoseconds(1));
    Stored stored;
    stored.uri = Uri("http://user:secret@host/sound?token=secret");
    stored.size = 5;
    spans.committed("sound", stored, nanoseconds(2));
    spans.committed("film", Stored(), nanoseconds(2));
    spans.finished(report("copy", false));
    spans.finished(report("film", true));
  }
  const std::vector<std::string> expected = {
      "101 begins coffer.run in 9 coffer.pipeline.name=job",
      "102 begins coffer.ingest in 101 coffer.pipe.name=film coffer.pipeline.name=job",
      "103 begins coffer.pipe in 101 coffer.pipe.name=copy coffer.pipeline.name=job",
      "104 begins coffer.store in 103 coffer.object.name=sound coffer.pipe.name=copy coffer.pipeline.name=job",
      "104 ends: coffer.object.size=5 url.full=" + Uri("http://user:secret@host/sound?token=secret").text(),
      "105 begins coffer.store in 102 coffer.object.name=film coffer.pipe.name=film coffer.pipeline.name=job",
      "105 ends: coffer.object.size=0",
      "103 ends: coffer.pipe.bytes_in=7 coffer.pipe.bytes_out=5",
      "102 ends: coffer.pipe.bytes_in=7 coffer.pipe.bytes_out=5",
      "101 ends:"};
  EXPECT_EQ(heard->lines, expected);
  for (const std::string& line : heard->lines) EXPECT_EQ(line.find("secret"), std::string::npos) << line;
}

TEST(RunSpans, what_fails_a_pipe_fails_what_it_was_storing) {
  const auto heard = std::make_shared<Heard>();
  RunSpans spans(heard, copying());
  spans.started("copy", nanoseconds(0), false);
  spans.first_byte("sound", nanoseconds(1));
  const Error error(ErrorKind::pipe_failed, "the pipe 'copy' failed");
  spans.failed(report("copy", false), error);
  spans.ended(&error);
  spans.ended();
  const std::vector<std::string> ends(heard->lines.begin() + 3, heard->lines.end());
  const std::string why = error.what();
  EXPECT_EQ(ends, (std::vector<std::string>{
                      "103 ends:" + why,
                      "102 ends:" + why + " coffer.pipe.bytes_in=7 coffer.pipe.bytes_out=5 error.type=pipe_failed",
                      "101 ends:" + why + " error.type=pipe_failed"}));
}

TEST(RunSpans, a_run_of_which_nobody_says_how_it_ended_ends_as_its_first_pipe_that_failed) {
  const auto heard = std::make_shared<Heard>();
  const Error error(ErrorKind::pipe_failed, "the pipe 'copy' failed");
  {
    RunSpans spans(heard, copying());
    spans.started("film", nanoseconds(0), true);
    spans.started("copy", nanoseconds(0), false);
    spans.failed(report("film", true), Error(ErrorKind::cancelled, "the pipe 'film' was cancelled"));
    spans.failed(report("copy", false), error);
    spans.failed(report("other", false), Error(ErrorKind::pipe_failed, "the pipe 'other' failed"));
  }
  EXPECT_EQ(heard->lines.back(), "101 ends:" + std::string(error.what()) + " error.type=pipe_failed");
}

TEST(RunSpans, every_begin_has_an_end) {
  const auto heard = std::make_shared<Heard>();
  {
    RunSpans spans(heard, copying());
    spans.started("copy", nanoseconds(0), false);
    spans.first_byte("sound", nanoseconds(1));
  }
  EXPECT_EQ(heard->lines.size(), 6U);
}

}  // namespace
}  // namespace coffer
