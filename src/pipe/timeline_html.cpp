#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include <coffer/base/byte_size.hpp>
#include <coffer/base/duration_text.hpp>
#include <coffer/pipe/run_pictures.hpp>

#include "pipe/outside_text.hpp"
#include "pipe/time_axis.hpp"
#include "pipe/timeline_assets.hpp"
#include "pipe/timeline_data.hpp"
#include "pipe/timeline_drawing.hpp"

namespace coffer {
namespace {

using std::chrono::nanoseconds;
using Lane = RunRecording::Lane;
using Outcome = RunRecording::Outcome;
using State = RunRecording::State;

constexpr std::size_t most_marks = 8;
/// A longer critical path is folded up.
constexpr std::size_t most_open_steps = 12;

std::string percent(double share) {
  std::string text = std::to_string(std::lround(share * 100'000));
  if (text.size() < 4) text.insert(0, 4 - text.size(), '0');
  return text.insert(text.size() - 3, ".") + "%";
}

std::string name_of(const Lane& lane) { return "<bdi>" + html_text(lane.report.name) + "</bdi>"; }

bool has_retried(const Lane& lane) { return lane.report.times.waited_to_retry.count() > 0; }

std::string fact(std::string_view name, const std::string& value, const std::string& more = "") {
  std::string html = "<div><dt>" + std::string(name) + "</dt><dd>" + value;
  if (!more.empty()) html += " <small>" + more + "</small>";
  return html + "</dd></div>\n";
}

std::string key(std::string_view kind, std::string_view words) {
  return "<li><i class=\"" + std::string(kind) + "\"></i>" + std::string(words) + "</li>\n";
}

std::string path(std::string_view kind, const std::string& drawn) {
  return drawn.empty() ? "" : "<path class=\"" + std::string(kind) + "\" d=\"" + drawn + "\"/>";
}

std::string drawing(int height, const std::string& title, const std::string& paths) {
  return "<svg viewBox=\"0 0 " + std::to_string(drawing_width) + " " + std::to_string(height) +
         "\" preserveAspectRatio=\"none\" role=\"img\"><title>" + title + "</title>" + paths + "</svg>";
}

class Page {
 public:
  explicit Page(RunRecording recording) : run_(std::move(recording)), path_(critical_path(run_)), order_(in_order()) {
    axis_ = TimeAxis::of(run_.wall, most_marks);
  }

  /// The head, each lane, each lane's data, the end; then nothing.
  std::string next() {
    const std::size_t lanes = order_.size();
    const std::size_t part = part_++;
    if (part == 0) return head() + summary() + failure() + path_list() + legend() + axis();
    if (part <= lanes) return row(order_[part - 1]);
    if (part == lanes + 1) return storage() + "</section>\n" + data_head(run_);
    if (part <= 2 * lanes + 1) return lane_data(run_.lanes[part - lanes - 2], part == 2 * lanes + 1);
    if (part == 2 * lanes + 2) return foot();
    return "";
  }

 private:
  /// As they started; those that never did come last.
  std::vector<std::size_t> in_order() const {
    std::vector<std::size_t> order(run_.lanes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto place = [this](std::size_t lane) {
      const nanoseconds started = run_.lanes[lane].report.started;
      return std::pair(run_.lanes[lane].has_run() ? started : nanoseconds::max(), lane);
    };
    std::ranges::sort(order, {}, place);
    return order;
  }

  double share(nanoseconds at) const {
    return run_.wall.count() <= 0 ? 0 : static_cast<double>(at.count()) / static_cast<double>(run_.wall.count());
  }
  std::string title() const { return html_text(run_.pipeline.empty() ? "A run" : run_.pipeline); }
  bool has_failed() const { return run_.outcome == Outcome::failed || run_.failed_lane() != nullptr; }

  std::string outcome() const {
    const std::string after = format_duration(run_.wall);
    if (const Lane* const failed = run_.failed_lane()) {
      return "Failed after " + after + (failed->report.is_ingest ? ": the input " : ": the pipe ") + name_of(*failed);
    }
    switch (run_.outcome) {
      case Outcome::running:
        return "Not ended after " + after;
      case Outcome::succeeded:
        return "Done in " + after;
      case Outcome::ended_before:
        return "Had ended well before: nothing was run";
      case Outcome::failed:
        return "Failed after " + after;
      case Outcome::cancelled:
        return "Ended before it was done, after " + after;
    }
    return "";
  }

  std::string head() const {
    return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
           "script-src 'unsafe-inline'\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
           "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
           title() + " – a run of Coffer</title>\n<style>" + std::string(timeline_style) +
           "</style>\n</head>\n<body>\n";
  }

  std::string summary() const {
    std::string html = "<header class=\"" + std::string(has_failed() ? "failed" : "ended") + "\"><h1>" + title() +
                       "</h1>\n<p class=\"outcome\">" + outcome() + "</p></header>\n<dl>\n";
    html += fact("Wall time", format_duration(run_.wall));
    html += fact("Stored", format_byte_size(run_.bytes_stored));
    html += fact("Read by pipes", format_byte_size(run_.bytes_read));
    if (run_.bytes_ahead > 0) html += fact("Read ahead", format_byte_size(run_.bytes_ahead));
    if (run_.hidden) {
      const int hidden = static_cast<int>(std::floor(run_.hidden->share() * 100));
      html += fact("Storage time hidden behind work", std::to_string(hidden) + " %",
                   "of " + format_duration(run_.hidden->storage));
    }
    if (run_.peak_memory > 0) html += fact("Peak memory", format_byte_size(run_.peak_memory));
    if (run_.peak_buffers > 0) html += fact("Peak of the buffers", format_byte_size(run_.peak_buffers));
    return html + "</dl>\n";
  }

  std::string failure() const {
    const Lane* const failed = run_.failed_lane();
    const std::string& why = failed == nullptr ? run_.error : failed->error;
    if (why.empty()) return "";
    return "<section class=\"failure\"><h2>Why " + (failed == nullptr ? "it" : name_of(*failed)) + " failed</h2><pre>" +
           html_text(why) + "</pre></section>\n";
  }

  std::string path_list() const {
    if (path_.empty()) return "";
    std::string list = "<ol>\n";
    for (const CriticalStep& step : path_) {
      list += "<li>" + name_of(run_.lanes[step.lane]) + " <small>" + format_duration(step.until - step.from) +
              "</small></li>\n";
    }
    list += "</ol>\n";
    if (path_.size() <= most_open_steps) return "<h2>Critical path: what the end waited for</h2>\n" + list;
    const auto longest =
        std::ranges::max_element(path_, {}, [](const CriticalStep& step) { return step.until - step.from; });
    return "<details><summary>Critical path: " + std::to_string(path_.size()) + " steps, the longest " +
           name_of(run_.lanes[longest->lane]) + " <small>" + format_duration(longest->until - longest->from) +
           "</small></summary>\n" + list + "</details>\n";
  }

  std::string legend() const {
    return "<ul class=\"legend\">\n" + key("waits", "waits for its input") + key("works", "works") +
           key("gives", "works, and output flows") + key("stores", "waits for the storage to take its output") +
           (std::ranges::any_of(run_.lanes, has_retried) ? key("retries", "waits to try again") : "") +
           key("flows", "bytes in and out (below)") + key("critical", "on the critical path") + "</ul>\n";
  }

  std::string axis() const {
    std::string html = "<section class=\"chart\" style=\"--step:" + percent(share(axis_.step)) +
                       "\">\n<div class=\"row axis\"><div></div><div class=\"plot\">";
    for (const nanoseconds mark : axis_.marks()) {
      // The text of a mark stands to its right; a narrow axis has room for fewer.
      if (share(mark) > 0.9) continue;
      std::string kind;
      if (share(mark) > 0.65) kind = share(mark) > 0.8 ? "last" : "late";
      html +=
          "<span class=\"" + kind + "\" style=\"left:" + percent(share(mark)) + "\">" + axis_.text(mark) + "</span>";
    }
    return html + "</div></div>\n";
  }

  std::string kind_of(std::size_t lane) const {
    std::string kind = "row lane";
    if (run_.lanes[lane].report.is_ingest) kind += " ingest";
    if (run_.lanes[lane].state == State::failed) kind += " failed";
    if (run_.lanes[lane].state == State::cancelled || !run_.lanes[lane].has_run()) kind += " idle";
    if (std::ranges::find(path_, lane, &CriticalStep::lane) != path_.end()) kind += " on-path";
    return kind;
  }

  static std::string figures(const Lane& lane) {
    if (lane.state == State::never_started) return "never started";
    if (lane.state == State::reused) return "done before";
    if (lane.state == State::skipped) return "skipped";
    const std::string time = format_duration(lane.report.ended - lane.report.started);
    if (lane.state == State::failed) return "failed after " + time;
    if (lane.state == State::cancelled) return "ended after " + time;
    return time + " · " + format_byte_size(lane.report.is_ingest ? lane.report.bytes_in : lane.report.bytes_out);
  }

  static std::string title_of(const Lane& lane) {
    const PipeReport& report = lane.report;
    std::string text = html_text(report.name) + ": ";
    if (!lane.why_skipped.empty()) return text + figures(lane) + ", " + html_text(lane.why_skipped);
    if (!lane.has_run()) return text + figures(lane);
    text += format_duration(report.started) + " to " + format_duration(report.ended) + "; " +
            format_byte_size(report.bytes_in) + " in, " + format_byte_size(report.bytes_out) + " out; worked " +
            format_duration(report.times.worked) + ", waited " + format_duration(report.times.waited_for_input) +
            " for input and " + format_duration(report.times.waited_for_output) + " for the storage";
    if (has_retried(lane)) text += " and " + format_duration(report.times.waited_to_retry) + " to try again";
    return text;
  }

  std::string row(std::size_t at) const {
    const Lane& lane = run_.lanes[at];
    std::string paths;
    if (lane.has_run()) {
      const LaneDrawing drawn = draw_lane(lane, run_.wall);
      paths = path("waits", drawn.waits) + path("works", drawn.works) + path("gives", drawn.gives) +
              path("stores", drawn.stores) + path("retries", drawn.retries) + path("flows", drawn.flows);
    }
    std::string html = "<div class=\"" + kind_of(at) + "\" data-lane=\"" + std::to_string(at) +
                       "\"><div class=\"name\" title=\"" + html_text(lane.report.name) + "\">" + name_of(lane) +
                       "</div><div class=\"plot\">" + drawing(lane_height, title_of(lane), paths);
    for (const CriticalStep& step : path_) {
      if (step.lane != at) continue;
      html += "<i class=\"critical\" style=\"left:" + percent(share(step.from)) +
              ";width:" + percent(share(step.until - step.from)) + "\"></i>";
    }
    return html + "</div><div class=\"figures\">" + figures(lane) + "</div></div>\n";
  }

  std::string storage_row(std::string_view kind, const std::string& name, const std::string& drawn, std::uint64_t bytes,
                          std::uint64_t most) const {
    const std::string figures = format_byte_size(bytes) + ", at most " + format_byte_size(most) + "/s";
    return "<div class=\"row storage\"><div class=\"name\" title=\"" + name + "\">" + name +
           "</div><div class=\"plot\">" + drawing(storage_height, name + ": " + figures, path(kind, drawn)) +
           "</div><div class=\"figures\">" + format_byte_size(bytes) + "<br>at most " + format_byte_size(most) +
           "/s</div></div>\n";
  }

  std::string storage() const {
    if (run_.storage.empty()) return "";
    std::uint64_t read = 0;
    std::uint64_t written = 0;
    for (const RunRecording::StorageSample& sample : run_.storage) {
      read += sample.bytes_read;
      written += sample.bytes_written;
    }
    const StorageDrawing drawn = draw_storage(run_.storage, run_.wall);
    return "<div class=\"storages\">\n" + storage_row("reads", "storage reads", drawn.reads, read, drawn.most_read) +
           storage_row("writes", "storage writes", drawn.writes, written, drawn.most_written) + "</div>\n";
  }

  static std::string foot() {
    return data_foot() + "<script>" + std::string(timeline_script) + "</script>\n</body>\n</html>\n";
  }

  const RunRecording run_;
  const std::vector<CriticalStep> path_;
  const std::vector<std::size_t> order_;
  TimeAxis axis_;
  std::size_t part_ = 0;
};

}  // namespace

TextParts timeline_html(RunRecording recording) {
  return [page = std::make_shared<Page>(std::move(recording))] { return page->next(); };
}

}  // namespace coffer
