#include "pipe/condition.hpp"

#include <algorithm>

#include <coffer/codec/json_document.hpp>

namespace coffer {
namespace {

constexpr std::size_t longest_shown = 60;

std::string subject_of(const ConditionSpec& condition) {
  return condition.member.empty() ? condition.name : "the member '" + condition.member + "' of " + condition.name;
}

std::string alternatives_of(const ConditionSpec& condition) {
  std::string words;
  for (const std::string& text : condition.texts) words += (words.empty() ? "'" : " or '") + text + "'";
  return words;
}

bool is_among(const ConditionSpec& condition, std::string_view text) {
  return std::ranges::find(condition.texts, text) != condition.texts.end();
}

/// "it", shortened: it comes from outside and may be long.
std::string shown(std::string_view text) {
  if (text.size() <= longest_shown) return "'" + std::string(text) + "'";
  std::size_t end = longest_shown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return "'" + std::string(text.substr(0, end)) + "…'";
}

}  // namespace

Result<std::string> conditional_text(const ConditionSpec& condition, std::string_view content) {
  if (condition.member.empty()) {
    if (content.ends_with('\n')) content.remove_suffix(1);
    if (content.ends_with('\r')) content.remove_suffix(1);
    return std::string(content);
  }
  const Result<JsonDocument> document = JsonDocument::parse(std::string(content));
  if (!document) return document.error();
  const std::optional<JsonValue> member = document->root().find(condition.member);
  if (!member) return Error(ErrorKind::invalid_argument, "it is no object with a member '" + condition.member + "'");
  if (member->kind() == JsonValue::Kind::string) return member->string();
  return std::string(member->raw());
}

bool holds(const ConditionSpec& condition, std::string_view text) {
  return is_among(condition, text) != condition.is_negated;
}

std::string words_of(const ConditionSpec& condition) {
  return subject_of(condition) + (condition.is_negated ? " is not " : " is ") + alternatives_of(condition);
}

std::string why_not(const ConditionSpec& condition, std::string_view text) {
  return subject_of(condition) + " is " + shown(text) +
         (condition.is_negated ? "" : " and not " + alternatives_of(condition));
}

bool exclude_each_other(const ConditionSpec& a, const ConditionSpec& b) {
  if (a.name != b.name || a.member != b.member) return false;
  if (a.is_negated && b.is_negated) return false;
  const ConditionSpec& positive = a.is_negated ? b : a;
  const ConditionSpec& other = a.is_negated ? a : b;
  return std::ranges::all_of(positive.texts, [&](const std::string& text) { return !holds(other, text); });
}

}  // namespace coffer
