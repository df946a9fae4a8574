#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <coffer/conformance/provider_contract.hpp>

namespace coffer::conformance {

/// Where coroutines can run.
enum class LoopKind : std::uint8_t { own_thread, two_own_threads, attached_to_one_thread, attached_to_three_threads };

inline constexpr std::array all_loop_kinds = {LoopKind::own_thread, LoopKind::two_own_threads,
                                              LoopKind::attached_to_one_thread, LoopKind::attached_to_three_threads};

const char* to_string(LoopKind kind);

/// A new store on a Runtime of its own, for one promise.
class Subject {
 public:
  Subject(const MakerFactory& factory, LoopKind kind, std::size_t budget);
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  ~Subject();

  Runtime& runtime() { return *runtime_; }
  StorageProvider& store() { return *store_; }

  /// Runs it to its end on the loop and rethrows what it throws.
  void run(Task<> task);
  /// The same on a strand, as a program must that cancels on a loop of several threads.
  void run_on_strand(Task<> task);
  /// All at the same time, spread over the threads that there are; rethrows what the first of them threw.
  void run_all(std::vector<Task<>> tasks);

  /// Closes everything; fails the test where the store left work undone or kept a part of the budget.
  void finish();

 private:
  void start_loop(std::size_t threads);

  std::unique_ptr<ProviderMaker> maker_;
  std::optional<Runtime> runtime_;
  std::unique_ptr<boost::asio::io_context> loop_;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
  std::vector<std::thread> threads_;
  ProviderPtr store_;
};

}  // namespace coffer::conformance
