#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <coffer/codec/json_document.hpp>

namespace coffer {

/// How JSON is laid out: as Python's json.dumps does it. Default: one line, ", " and ": " between.
class JsonStyle {
 public:
  JsonStyle() = default;
  /// A line for each value, `spaces` more for each level (json.dumps's indent).
  JsonStyle& indent(std::size_t spaces) & {
    indent_ = spaces;
    return *this;
  }
  JsonStyle&& indent(std::size_t spaces) && { return std::move(indent(spaces)); }

  const std::optional<std::size_t>& indent() const noexcept { return indent_; }

 private:
  std::optional<std::size_t> indent_;
};

/// Writes a document again as `json.dumps(json.loads(text))` does, but for numbers, which keep their text: strings in
/// ASCII with lower-case \u escapes, a name that is there twice in its first place with its last value. In parts, so
/// that the whole text is never in memory. The document outlives it.
class JsonEmitter {
 public:
  /// `depth`: in how many lists and objects the text will stand, where it is laid out in lines.
  explicit JsonEmitter(JsonValue value, JsonStyle style = {}, std::size_t depth = 0);
  JsonEmitter(const JsonEmitter&) = delete;
  JsonEmitter& operator=(const JsonEmitter&) = delete;
  ~JsonEmitter();

  /// Appends the next part, somewhat more than `bytes`. False once all was given.
  bool next(std::string& into, std::size_t bytes = std::size_t{64} << 10U);

 private:
  struct Level;
  void begin(std::uint32_t node, std::string& into);
  void step(std::string& into);
  void line_break(std::string& into) const;

  const JsonDocument::Tape* tape_;
  const JsonStyle style_;
  const std::size_t depth_;
  std::uint32_t root_;
  bool started_ = false;
  std::vector<Level> open_;
};

/// The same, whole.
std::string emit_json(JsonValue value, const JsonStyle& style = {});

}  // namespace coffer
