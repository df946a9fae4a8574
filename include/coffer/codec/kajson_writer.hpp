#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <coffer/codec/json_emitter.hpp>

namespace coffer {

/// Writes values one after the other as Python's json.dumps lays them out. The caller keeps the order: in an object a
/// name before each value, and each begin with its end.
class KajsonWriter {
 public:
  explicit KajsonWriter(JsonStyle style = {}) : style_(style) {}

  void null() { word("null"); }
  void boolean(bool value) { word(value ? "true" : "false"); }
  void integer(std::int64_t value);
  void natural(std::uint64_t value);
  /// As Python's repr writes it: 1e+22, 0.1, -0.0, NaN.
  void real(double value);
  /// UTF-8, where halves of surrogate pairs may stand as three bytes (WTF-8); false, and nothing is written, for
  /// anything else.
  [[nodiscard]] bool string(std::string_view text);
  /// A value of a document, which stays opaque.
  void value(JsonValue value);

  void begin_object() { begin('{'); }
  /// UTF-8, as with string().
  [[nodiscard]] bool name(std::string_view name);
  /// The same of a name that is written as it is: `, "name": `, with what stands before it in one line.
  void written_name(std::string_view name) {
    written_member(name);
    named_ = true;
  }
  /// A whole member as it is written in one line: `, "name": value`.
  void written_member(std::string_view member);
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  /// About so many bytes will come: reserves memory for them.
  void expect(std::size_t bytes);

  const std::string& text() const noexcept { return text_; }
  std::string take() && { return std::move(text_); }

 private:
  void begin(char open);
  void end(char close);
  /// What stands before a value or a name.
  void separate();
  void word(std::string_view text);
  void line_break();

  JsonStyle style_;
  std::string text_;
  std::vector<char> filled_;  // For each open list or object: whether something is in it.
  bool named_ = false;        // A name was written; its value comes.
};

}  // namespace coffer
