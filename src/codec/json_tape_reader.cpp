#include "codec/json_tape_reader.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "codec/json_strings.hpp"
#include "codec/json_words.hpp"
#include "codec/text_places.hpp"
#include "codec/utf8.hpp"

namespace coffer {
namespace {

static_assert(read_beyond >= simdjson::SIMDJSON_PADDING);

namespace ondemand = simdjson::ondemand;

/// Few documents have more nodes than that.
constexpr std::size_t bytes_per_node = 4;
constexpr std::size_t most_reserved = std::size_t{16} << 20U;

std::string_view without_space_behind(std::string_view token) noexcept {
  while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
  return token;
}

/// What is wrong, and where.
struct TextFault {
  std::size_t at = 0;
  std::string what;
};

/// What is wrong with the strings of a text of which simdjson only says that something is. Nothing where they are
/// right.
std::optional<TextFault> find_bad_string(std::string_view text) {
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!open) {
      if (c == '"') open = i;
      if (c == '\\') return TextFault{i, "a backslash outside of a string"};
    } else if (c == '"') {
      open.reset();
    } else if (c == '\\') {
      ++i;
      if (i < text.size() && static_cast<unsigned char>(text[i]) < 0x20) {
        return TextFault{i - 1, "an escape that JSON does not have"};
      }
    } else if (c == '\n') {
      return TextFault{i, "a string does not end on its line"};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      return TextFault{i, "a control character inside a string"};
    }
  }
  if (open) return TextFault{*open, "a string without an end"};
  return std::nullopt;
}

/// Walks through a document with simdjson On-Demand, which finds the tokens, and checks with our own grammar what
/// On-Demand does not look at: scalars, and that nothing but a comma or an end stands behind a value.
class TapeReader {
 public:
  TapeReader(JsonDocument::Tape& tape, const JsonLimits& limits)
      : tape_(tape), text_(tape.text()), depth_(limits.depth()) {}

  /// Nothing where all is well.
  std::optional<Error> read() {
    if (!read_root()) return error();
    return std::nullopt;
  }

 private:
  bool read_root() {
    if (text_.starts_with("\xEF\xBB\xBF")) return fail(0, "a byte order mark before the document; remove it");
    const std::size_t begin = behind_space(0);
    if (begin == text_.size()) return fail(begin, "the document is empty");
    // On-Demand is for documents; a lone value is read here.
    if (text_[begin] != '{' && text_[begin] != '[') return read_lone(begin);

    // Pages that are never touched cost nothing; growing costs a copy.
    tape_.nodes.reserve(std::min(text_.size() / bytes_per_node, most_reserved));
    simdjson::error_code code = parser_.allocate(text_.size(), JsonLimits::most_depth + 1);
    ondemand::document document;
    if (!code) code = parser_.iterate(tape_.padded.data(), text_.size(), tape_.padded.size()).get(document);
    if (code) return fail_at_tokens(code, begin);
    ondemand::value root;
    code = document.get_value().get(root);
    if (code) return fail_as(code, begin);
    if (!read_value(root, 0)) return false;
    if (behind_ != text_.size()) return fail(behind_, "text behind the end of the document");
    return true;
  }

  bool read_lone(std::size_t begin) {
    if (!is_utf8(text_)) return fail(first_not_utf8(text_), "not UTF-8");
    if (const auto bad = find_bad_string(text_)) return fail(bad->at, bad->what);
    const std::string_view token = without_space_behind(text_.substr(begin));
    if (token.front() != '"') return read_scalar(begin, token);
    const std::size_t end = end_of_string(begin);
    if (end != begin + token.size()) return fail(behind_space(end), "text behind the end of the document");
    return read_string(begin, token);
  }

  bool read_value(ondemand::value& value, std::size_t depth) {
    const std::string_view token = value.raw_json_token();
    const auto begin = static_cast<std::size_t>(token.data() - text_.data());
    if (token.empty() || begin >= text_.size()) return fail(text_.size(), "the document ends too soon");
    switch (token.front()) {
      case '{':
        return read_object(value, begin, depth);
      case '[':
        return read_array(value, begin, depth);
      default:
        break;
    }
    behind_ = begin + token.size();
    const std::string_view scalar = without_space_behind(token);
    return token.front() == '"' ? read_string(begin, scalar) : read_scalar(begin, scalar);
  }

  bool read_object(ondemand::value& value, std::size_t begin, std::size_t depth) {
    if (depth >= depth_) return fail_too_deep(begin);
    ondemand::object object;
    if (const auto code = value.get_object().get(object)) return fail_as(code, begin);
    const std::uint32_t node = open_node(begin, JsonValue::Kind::object);
    behind_ = behind_space(begin + 1);
    for (auto member : object) {
      ondemand::field field;
      if (const auto code = std::move(member).get(field)) return fail_at_name(code, begin + 1);
      const auto name_begin = static_cast<std::size_t>(field.key().raw() - 1 - text_.data());  // Behind the quote.
      const std::size_t name_end = end_of_string(name_begin);
      const std::string_view name = text_.substr(name_begin, name_end - name_begin);
      if (!read_string(name_begin, name)) return false;
      ondemand::value inner = std::move(field).value();
      if (!read_value(inner, depth + 1)) {
        path_.push_back(step_to(name));
        return false;
      }
      if (!ends_in('}')) return false;
    }
    return close_node(node, '}');
  }

  bool read_array(ondemand::value& value, std::size_t begin, std::size_t depth) {
    if (depth >= depth_) return fail_too_deep(begin);
    ondemand::array array;
    if (const auto code = value.get_array().get(array)) return fail_as(code, begin);
    const std::uint32_t node = open_node(begin, JsonValue::Kind::array);
    behind_ = behind_space(begin + 1);
    std::size_t index = 0;
    for (auto element : array) {
      ondemand::value inner;
      if (const auto code = std::move(element).get(inner)) return fail_as(code, behind_);
      if (!read_value(inner, depth + 1)) {
        path_.push_back("[" + std::to_string(index) + "]");
        return false;
      }
      if (!ends_in(']')) return false;
      ++index;
    }
    return close_node(node, ']');
  }

  /// Whether a comma or this end stands behind the last value.
  bool ends_in(char close) {
    if (behind_ < text_.size() && (text_[behind_] == ',' || text_[behind_] == close)) return true;
    if (behind_ >= text_.size()) return fail(behind_, "the document ends too soon");
    return fail(behind_, std::string("a comma or ") + close + " must stand here");
  }

  std::uint32_t open_node(std::size_t begin, JsonValue::Kind kind) {
    TapeNode node;
    node.begin = static_cast<std::uint32_t>(begin);
    node.kind = kind;
    tape_.nodes.push_back(node);
    return static_cast<std::uint32_t>(tape_.nodes.size() - 1);
  }

  bool close_node(std::uint32_t index, char close) {
    if (behind_ >= text_.size()) return fail(behind_, "the document ends too soon");
    if (text_[behind_] != close) return fail(behind_, "a value must stand here");
    TapeNode& node = tape_.nodes[index];
    node.length = static_cast<std::uint32_t>(behind_ + 1 - node.begin);
    node.next = static_cast<std::uint32_t>(tape_.nodes.size());
    behind_ = behind_space(behind_ + 1);
    return true;
  }

  void add_leaf(std::size_t begin, std::size_t length, JsonValue::Kind kind, bool escaped) {
    TapeNode node;
    node.begin = static_cast<std::uint32_t>(begin);
    node.length = static_cast<std::uint32_t>(length);
    node.next = static_cast<std::uint32_t>(tape_.nodes.size() + 1);
    node.kind = kind;
    node.escaped = escaped;
    tape_.nodes.push_back(node);
  }

  bool read_string(std::size_t begin, std::string_view quoted) {
    if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') return fail(begin, "a bad string");
    const std::string_view inside = quoted.substr(1, quoted.size() - 2);
    const bool escaped = inside.find('\\') != std::string_view::npos;
    if (escaped) {
      if (const auto bad = find_bad_escape(inside)) return fail(begin + 1 + *bad, "an escape that JSON does not have");
    }
    add_leaf(begin, quoted.size(), JsonValue::Kind::string, escaped);
    return true;
  }

  bool read_scalar(std::size_t begin, std::string_view word) {
    const std::optional<JsonValue::Kind> kind = kind_of_word(word);
    if (!kind) return fail(begin, what_is_wrong_with(word));
    add_leaf(begin, word.size(), *kind, false);
    return true;
  }

  static std::string what_is_wrong_with(std::string_view word) {
    constexpr std::string_view ends = "]},:";
    if (word.empty() || ends.find(word.front()) != std::string_view::npos) return "a value must stand here";
    constexpr std::size_t shown = 40;
    const std::string start(word.substr(0, first_not_utf8(word.substr(0, shown))));
    return "“" + start + (word.size() > start.size() ? "…" : "") + "” is neither a number nor true, false or null";
  }

  /// Behind the string that begins here.
  std::size_t end_of_string(std::size_t begin) const noexcept {
    for (std::size_t at = begin + 1;;) {
      const std::size_t quote = text_.find('"', at);
      if (quote == std::string_view::npos) return text_.size();
      std::size_t backslashes = 0;
      while (text_[quote - 1 - backslashes] == '\\') ++backslashes;
      if (backslashes % 2 == 0) return quote + 1;
      at = quote + 1;
    }
  }

  std::size_t behind_space(std::size_t at) const noexcept {
    while (at < text_.size() && is_space(text_[at])) ++at;
    return at;
  }

  /// How a path goes on with this name: `.name`, or `["a name"]`.
  static std::string step_to(std::string_view quoted) {
    constexpr std::size_t most = 64;
    if (quoted.size() > most) return "[…]";
    const std::string_view name = quoted.substr(1, quoted.size() - 2);
    const auto is_plain = [](char c) {
      return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    if (!name.empty() && std::ranges::all_of(name, is_plain)) return "." + std::string(name);
    return "[" + std::string(quoted) + "]";
  }

  bool fail_too_deep(std::size_t at) {
    return fail(at, "more than " + std::to_string(depth_) + " lists and objects in each other");
  }

  /// Where no tokens could be told apart.
  bool fail_at_tokens(simdjson::error_code code, std::size_t begin) {
    if (code == simdjson::UTF8_ERROR) return fail(first_not_utf8(text_), "not UTF-8");
    if (const auto bad = find_bad_string(text_)) return fail(bad->at, bad->what);
    return fail_as(code, begin);
  }

  /// Behind a comma, but for an object's first name.
  bool fail_at_name(simdjson::error_code code, std::size_t inside) {
    std::size_t at = behind_;
    if (at < text_.size() && text_[at] == ',' && at != behind_space(inside)) at = behind_space(at + 1);
    if (at >= text_.size()) return fail_as(code, at);
    return fail(at, text_[at] == '"' ? "a colon must stand behind this name" : "a name in quotes must stand here");
  }

  bool fail_as(simdjson::error_code code, std::size_t at) {
    if (code == simdjson::MEMALLOC) return fail(at, "not enough memory for the document");
    if (at >= text_.size()) return fail(at, "the document ends too soon");
    return fail(at, "a value or an end must stand here");
  }

  bool fail(std::size_t at, std::string what) {
    fault_.at = at;
    fault_.what = std::move(what);
    return false;
  }

  Error error() const {
    constexpr std::size_t most_steps = 20;
    std::string path;
    for (std::size_t i = path_.size(); i > 0; --i) {
      if (path_.size() - i == most_steps) {
        path += "…";
        break;
      }
      path += path_[i - 1];
    }
    if (path.starts_with('.')) path.erase(0, 1);
    std::string where = place_text(TextPlaces(text_).at(fault_.at));
    if (!path.empty()) where += ": " + path;
    return Error(ErrorKind::invalid_argument, where + ": " + fault_.what);
  }

  JsonDocument::Tape& tape_;
  const std::string_view text_;
  const std::size_t depth_;
  ondemand::parser parser_;
  std::size_t behind_ = 0;  ///< The token behind the last value.
  TextFault fault_;
  std::vector<std::string> path_;  ///< To the fault, from its end.
};

}  // namespace

std::optional<Error> read_tape(JsonDocument::Tape& tape, const JsonLimits& limits) {
  return TapeReader(tape, limits).read();
}

}  // namespace coffer
