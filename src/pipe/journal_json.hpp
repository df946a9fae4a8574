#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <coffer/base/result.hpp>
#include <coffer/codec/json_document.hpp>

namespace coffer {

/// Writes one JSON object, member by member. Text that is no UTF-8 has U+FFFD in the place of each byte that is wrong.
class JournalJsonWriter {
 public:
  JournalJsonWriter& text(std::string_view name, std::string_view value);
  JournalJsonWriter& integer(std::string_view name, std::int64_t value);
  JournalJsonWriter& flag(std::string_view name, bool value);
  /// To the millisecond.
  JournalJsonWriter& time(std::string_view name, std::chrono::system_clock::time_point value);
  JournalJsonWriter& object(std::string_view name, const JournalJsonWriter& value);
  JournalJsonWriter& texts(std::string_view name, const std::vector<std::string>& values);
  JournalJsonWriter& objects(std::string_view name, const std::vector<JournalJsonWriter>& values);

  std::string str() const { return "{" + members_ + "}"; }

 private:
  void begin(std::string_view name);
  std::string members_;
};

/// An object of a JSON document, with members that must be there. Views what it was made of, but for parse().
class JournalJson {
 public:
  /// Error{invalid_argument} where it is no object.
  static Result<JournalJson> parse(std::string text);
  JournalJson(JournalJson&&) = default;
  JournalJson& operator=(JournalJson&&) = default;

  // Each throws Error{invalid_argument} where the member is missing or of another kind.
  std::string text(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::chrono::system_clock::time_point time(std::string_view name) const;
  JournalJson object(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  std::vector<JournalJson> objects(std::string_view name) const;
  /// All members, which are texts.
  std::vector<std::pair<std::string, std::string>> members() const;

  // Nothing where the member is missing.
  std::optional<std::string> find_text(std::string_view name) const;
  std::optional<std::int64_t> find_integer(std::string_view name) const;
  std::optional<bool> find_flag(std::string_view name) const;

 private:
  explicit JournalJson(JsonValue object) : object_(object) {}
  JsonValue need(std::string_view name) const;

  std::optional<JsonDocument> document_;  // Of the outermost.
  JsonValue object_;
};

}  // namespace coffer
