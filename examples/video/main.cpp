// coffer with a C++ pipe of its own: `report`, which pipeline files name by "routine". It takes the texts that were
// read off the frames of a video, one after the other while they are still being read, and says as an object what is in
// them.

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <boost/describe/class.hpp>
#include <coffer/cli/coffer_main.hpp>
#include <coffer/pipe/typed_pipe.hpp>

/// A text that stands in one frame or more.
struct Caption {
  std::string text;
  std::int64_t first_frame = 0;  // From 1, as the files of frames are numbered.
  std::int64_t frames = 0;
};
BOOST_DESCRIBE_STRUCT(Caption, (), (text, first_frame, frames))
COFFER_KAJSON_CLASS(Caption, "Caption", "video")

struct Report {
  std::int64_t frames = 0;
  std::int64_t frames_with_text = 0;
  std::int64_t words = 0;
  std::vector<Caption> captions;  // In the order in which they first appear.
};
BOOST_DESCRIBE_STRUCT(Report, (), (frames, frames_with_text, words, captions))
COFFER_KAJSON_CLASS(Report, "Report", "video")

namespace {

constexpr std::size_t longest_text = std::size_t{64} << 10U;

bool is_word(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c >= 0x80; });
}

class ReportWriter {
 public:
  void add_frame(const std::string& text) {
    ++report_.frames;
    const std::string caption = caption_of(text);
    if (caption.empty()) return;
    ++report_.frames_with_text;
    const auto [place, is_new] = places_.emplace(caption, report_.captions.size());
    if (is_new) report_.captions.push_back(Caption{caption, report_.frames, 0});
    ++report_.captions[place->second].frames;
  }
  Report take() { return std::move(report_); }

 private:
  /// Its words; what has no letter and no digit is noise.
  std::string caption_of(const std::string& text) {
    std::istringstream words(text);
    std::string caption;
    for (std::string word; words >> word;) {
      if (!is_word(word)) continue;
      ++report_.words;
      caption += (caption.empty() ? "" : " ") + word;
    }
    return caption;
  }

  Report report_;
  std::map<std::string, std::size_t> places_;
};

/// As far as it counts for the report.
coffer::Task<std::string> co_read_text(coffer::ListReader& texts, coffer::ListElement element) {
  coffer::SourcePtr source = co_await texts.co_open(std::move(element));
  std::string text;
  while (const std::optional<coffer::Chunk> chunk = co_await source->co_read()) {
    text.append(chunk->text().substr(0, longest_text - text.size()));
    if (text.size() == longest_text) break;
  }
  co_return text;
}

coffer::Task<Report> co_report(coffer::PipeIo& /*io*/, coffer::ListReaderPtr texts) {
  ReportWriter report;
  while (std::optional<coffer::ListElement> element = co_await texts->co_next()) {
    const std::string text = co_await co_read_text(*texts, std::move(*element));
    report.add_frame(text);
  }
  co_return report.take();
}

}  // namespace

int main(int argc, char** argv) {
  coffer::PipeRoutines routines;
  routines.add(typed_pipe("report", co_report, {"texts"}, {"report"}));
  return coffer::coffer_main(argc, argv, std::move(routines));
}
