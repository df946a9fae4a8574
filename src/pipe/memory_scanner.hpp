#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "codec/json_scanner.hpp"
#include "pipe/memory_path.hpp"

namespace coffer {

/// A run of characters of a working memory's text. All parts together are the text.
struct MemoryPart {
  enum class Kind : std::uint8_t {
    kept,          ///< What is never moved.
    string_begin,  ///< The quote before a string that may be moved: one of a stuff's content.
    string,        ///< What stands between the quotes, perhaps in several parts, which cut no character and no escape.
    string_end,    ///< The quote behind it.
  };
  Kind kind = Kind::kept;
  std::string_view text;
};

/// Finds the strings in a working memory's text that may be moved out of it: those of the contents, but for tags
/// (`__class__` and all others of two underlines). As JsonScanner otherwise. Error{invalid_argument} at the end of a
/// document that is no working memory.
class MemoryScanner {
 public:
  void feed(std::string_view piece) { scanner_.feed(piece); }
  std::optional<MemoryPart> next();
  void end();

  /// Behind a string_begin: of its quote in the text.
  std::uint64_t offset() const noexcept { return offset_; }
  /// Behind a string_end: where the next part stands. For messages.
  SourcePlace place() const { return scanner_.place(); }
  /// Behind a string_begin: the name in front of the string; empty in a list.
  const std::string& name() const noexcept { return path_.name(); }

 private:
  /// Whether it is part of a string that may be moved.
  bool is_movable(const JsonPart& part);

  JsonScanner scanner_;
  MemoryPath path_;
  std::string_view kept_;
  std::optional<MemoryPart> waiting_;  // Stands behind what is kept.
  std::uint64_t offset_ = 0;
  bool in_movable_ = false;
};

}  // namespace coffer
