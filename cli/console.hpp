#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include <coffer/base/error.hpp>

#include "cli/json_object.hpp"

namespace coffer::cli {

/// Where the program speaks: results on standard output, everything else on standard error, where at most one line of
/// progress stands last and is redrawn. Thread-safe. Descriptors stay as blocking as they are.
class Console {
 public:
  /// Where standard output does not take a line, waiting for it ends (Error{cancelled}) once `interrupt` is readable;
  /// -1: never. What standard error does not take soon is dropped then.
  explicit Console(int interrupt = -1) : interrupt_(interrupt) {}
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  void set_quiet(bool on) noexcept { quiet_ = on; }
  void set_json(bool on) noexcept { json_ = on; }
  /// Standard output carries an object's bytes: results and JSON lines go to standard error.
  void set_output_taken(bool on) noexcept { output_taken_ = on; }
  bool quiet() const noexcept { return quiet_; }
  bool json() const noexcept { return json_; }

  /// A line of the result, for people; kept back until flush() or 64 KiB unless standard output is a terminal.
  /// Throws Error with the code EPIPE where the reader has left, and Error{cancelled}.
  void result(std::string_view line);
  /// The same as JSON.
  void result(const JsonObject& object);
  void flush();

  /// A line on standard error that is not an error: nothing with -q.
  void note(std::string_view line);
  /// "coffer: ..." on standard error, and as a JSON line where asked for.
  void error(const Error& error);
  /// A line on standard error, also with -q; never JSON.
  void complain(std::string_view line);
  /// The JSON line of an error alone, where one was asked for.
  void tell(const Error& error);
  /// That a signal ended the work. As JSON too, behind what was kept back, as far as standard output takes it soon.
  void interrupted(const Error& error);

  /// Lines that a command said, on standard error, "who: " before each. Nothing with -q.
  void said(std::string_view who, std::string_view lines);

  /// Puts or replaces the lines of progress, the last without its line break. Nothing where the program is in the
  /// background of its terminal.
  void draw(std::string_view lines);
  /// Takes the lines of progress away.
  void undraw();

 private:
  void put(std::string_view line);
  void put_error(std::string_view text);
  void put_json(const Error& error);
  void flush_locked();
  void say(std::string_view line);
  void undraw_locked();
  std::string erasing() const;

  const int interrupt_;
  std::mutex mutex_;
  bool quiet_ = false;
  bool json_ = false;
  bool output_taken_ = false;
  bool error_stuck_ = false;  // Standard error takes nothing more.
  std::size_t drawn_ = 0;     // Lines.
  std::string waiting_;
};

/// Whether progress can be drawn: standard error is a terminal that knows how to erase.
bool can_draw();
/// Columns and lines of the terminal; 80 and 24 where it does not say.
std::size_t terminal_width();
std::size_t terminal_height();
/// What the writer of standard output is told when its reader has left.
bool is_broken_output(const Error& error);
/// The name of standard output in Errors.
inline constexpr std::string_view standard_output = "standard output";

}  // namespace coffer::cli
