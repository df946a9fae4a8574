#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace coffer::cli {

/// Whether a signal that comes so long after the first asks to end at once. What comes with the first asks for the same
/// thing: `timeout` sends to the process and to its group, a terminal that closes tells the shell, which passes it on.
constexpr bool is_impatient(std::chrono::nanoseconds after_the_first) noexcept {
  return after_the_first >= std::chrono::milliseconds(200);
}

/// Signals that ask to end, turned into a call. Made before any thread, so that no other thread receives them: SIGINT,
/// SIGTERM and SIGHUP arrive here; SIGPIPE and SIGXFSZ are held back (writing then fails with EPIPE or
/// EFBIG). The second signal of the first three ends the program at once, with the commands that it has started.
///
/// What a shell has set to be ignored stays so: SIGHUP under nohup, the terminal's SIGINT in a background job of a
/// script (one that was sent to this process by name still counts).
class Interrupts {
 public:
  Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  ~Interrupts();

  /// The signal that came first; 0 where none has.
  int signal() const noexcept;

  /// Readable once a signal has come: for who waits in poll().
  int descriptor() const noexcept;

  /// While it lives, `cancel` is called once, from another thread, at the first signal; at once where that has come
  /// already.
  class Watch {
   public:
    Watch(Interrupts& interrupts, std::function<void()> cancel);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    /// After this `cancel` is not running and will not be called.
    ~Watch();

   private:
    Interrupts& interrupts_;
  };

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Ends the program as a broken pipe ends a program that knows nothing of signals: without a word, by SIGPIPE.
[[noreturn]] void end_by_broken_pipe();

}  // namespace coffer::cli
