#include <memory>
#include <string>
#include <vector>

#include <coffer/pipe/run_observers.hpp>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using std::chrono::nanoseconds;

/// Writes each call down in a list that it shares with others.
class CallList final : public RunObserver {
 public:
  CallList(std::string who, std::vector<std::string>& calls) : who_(std::move(who)), calls_(calls) {}
  void started(const std::string& pipe, nanoseconds at, bool is_ingest) noexcept override {
    add("started " + pipe + std::to_string(at.count()) + (is_ingest ? " ingest" : ""));
  }
  void progressed(nanoseconds at, std::span<const PipeProgress> running) noexcept override {
    add("progressed " + std::to_string(at.count()) + std::string(running.front().name));
  }
  void first_byte(const std::string& name, nanoseconds) noexcept override { add("first byte " + name); }
  void committed(const std::string& name, const Stored& stored, nanoseconds) noexcept override {
    add("committed " + name + std::to_string(stored.size));
  }
  void said(const std::string& pipe, std::string_view bytes) noexcept override {
    add("said " + pipe + std::string(bytes));
  }
  void finished(const PipeReport& report) noexcept override { add("finished " + report.name); }
  void failed(const PipeReport& report, const Error& error) noexcept override {
    add("failed " + report.name + error.message());
  }
  void warned(std::string_view line) noexcept override { add("warned " + std::string(line)); }
  void began(const std::string& run) noexcept override { add("began " + run); }
  void reused(const std::string& pipe) noexcept override { add("reused " + pipe); }
  void resumed(const std::string& pipe, std::size_t elements) noexcept override {
    add("resumed " + pipe + std::to_string(elements));
  }
  void again(const std::string& pipe, std::string_view why) noexcept override {
    add("again " + pipe + std::string(why));
  }
  void skipped(const std::string& pipe, std::string_view why, nanoseconds at) noexcept override {
    add("skipped " + pipe + std::string(why) + std::to_string(at.count()));
  }

 private:
  void add(const std::string& call) { calls_.push_back(who_ + call); }
  const std::string who_;
  std::vector<std::string>& calls_;
};

TEST(RunObservers, each_is_told_everything_in_turn) {
  std::vector<std::string> calls;
  RunObservers all({std::make_shared<CallList>("1 ", calls), std::make_shared<CallList>("2 ", calls)});
  RunObserver& told = all;
  PipeReport report;
  report.name = "a";
  PipeProgress progress;
  progress.name = "a";
  Stored stored;
  stored.size = 7;
  told.began("r");
  told.reused("b");
  told.resumed("e", 9);
  told.again("c", "why");
  told.started("a", nanoseconds(1), true);
  told.progressed(nanoseconds(2), std::span(&progress, 1));
  told.first_byte("d", nanoseconds(3));
  told.committed("d", stored, nanoseconds(4));
  told.said("a", "words");
  told.warned("line");
  told.finished(report);
  told.failed(report, Error(ErrorKind::io, "broken"));
  std::vector<std::string> expected;
  for (const char* call :
       {"began r", "reused b", "resumed e9", "again cwhy", "started a1 ingest", "progressed 2a", "first byte d",
        "committed d7", "said awords", "warned line", "finished a", "failed abroken"}) {
    expected.push_back(std::string("1 ") + call);
    expected.push_back(std::string("2 ") + call);
  }
  EXPECT_EQ(calls, expected);
}

}  // namespace
}  // namespace coffer
