#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <coffer/pipe/run_observer.hpp>

namespace coffer {

/// Several observers of one run: each is told, in this order.
class RunObservers final : public RunObserver {
 public:
  /// None of them is null.
  explicit RunObservers(std::vector<std::shared_ptr<RunObserver>> all) : all_(std::move(all)) {}

  void started(const std::string& pipe, std::chrono::nanoseconds at, bool is_ingest) noexcept override {
    for (const auto& one : all_) one->started(pipe, at, is_ingest);
  }
  void progressed(std::chrono::nanoseconds at, std::span<const PipeProgress> running) noexcept override {
    for (const auto& one : all_) one->progressed(at, running);
  }
  void first_byte(const std::string& name, std::chrono::nanoseconds at) noexcept override {
    for (const auto& one : all_) one->first_byte(name, at);
  }
  void committed(const std::string& name, const Stored& stored, std::chrono::nanoseconds at) noexcept override {
    for (const auto& one : all_) one->committed(name, stored, at);
  }
  void said(const std::string& pipe, std::string_view bytes) noexcept override {
    for (const auto& one : all_) one->said(pipe, bytes);
  }
  void finished(const PipeReport& report) noexcept override {
    for (const auto& one : all_) one->finished(report);
  }
  void failed(const PipeReport& report, const Error& error) noexcept override {
    for (const auto& one : all_) one->failed(report, error);
  }
  void warned(std::string_view line) noexcept override {
    for (const auto& one : all_) one->warned(line);
  }
  void began(const std::string& run) noexcept override {
    for (const auto& one : all_) one->began(run);
  }
  void reused(const std::string& pipe) noexcept override {
    for (const auto& one : all_) one->reused(pipe);
  }
  void resumed(const std::string& pipe, std::size_t elements) noexcept override {
    for (const auto& one : all_) one->resumed(pipe, elements);
  }
  void again(const std::string& pipe, std::string_view why) noexcept override {
    for (const auto& one : all_) one->again(pipe, why);
  }
  void taken(const std::string& pipe, const std::string& run) noexcept override {
    for (const auto& one : all_) one->taken(pipe, run);
  }
  void not_taken(const std::string& pipe, std::string_view why) noexcept override {
    for (const auto& one : all_) one->not_taken(pipe, why);
  }
  void skipped(const std::string& pipe, std::string_view why, std::chrono::nanoseconds at) noexcept override {
    for (const auto& one : all_) one->skipped(pipe, why, at);
  }

 private:
  const std::vector<std::shared_ptr<RunObserver>> all_;
};

}  // namespace coffer
