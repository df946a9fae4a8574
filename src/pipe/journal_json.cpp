#include "pipe/journal_json.hpp"

#include <utility>

#include "codec/utf8.hpp"
#include "pipe/json_tree.hpp"

namespace coffer {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

std::string as_utf8(std::string_view text) {
  std::string good;
  for (;;) {
    const std::size_t end = first_not_utf8(text);
    good.append(text.substr(0, end));
    if (end == text.size()) return good;
    good += "\xEF\xBF\xBD";
    text.remove_prefix(end + 1);
  }
}

Error wrong(std::string_view name, const std::string& what) {
  return {ErrorKind::invalid_argument, "its member '" + std::string(name) + "' " + what};
}

template <class Value>
Value value_of(std::string_view name, const Result<Value>& value) {
  if (!value) throw wrong(name, value.error().message());
  return *value;
}

}  // namespace

void JournalJsonWriter::begin(std::string_view name) {
  members_ += (members_.empty() ? "" : ", ") + json_quoted(name) + ": ";
}

JournalJsonWriter& JournalJsonWriter::text(std::string_view name, std::string_view value) {
  begin(name);
  members_ += json_quoted(as_utf8(value));
  return *this;
}

JournalJsonWriter& JournalJsonWriter::integer(std::string_view name, std::int64_t value) {
  begin(name);
  members_ += std::to_string(value);
  return *this;
}

JournalJsonWriter& JournalJsonWriter::flag(std::string_view name, bool value) {
  begin(name);
  members_ += value ? "true" : "false";
  return *this;
}

JournalJsonWriter& JournalJsonWriter::time(std::string_view name, system_clock::time_point value) {
  return integer(name, std::chrono::duration_cast<milliseconds>(value.time_since_epoch()).count());
}

JournalJsonWriter& JournalJsonWriter::object(std::string_view name, const JournalJsonWriter& value) {
  begin(name);
  members_ += value.str();
  return *this;
}

JournalJsonWriter& JournalJsonWriter::texts(std::string_view name, const std::vector<std::string>& values) {
  begin(name);
  members_ += '[';
  for (std::size_t i = 0; i < values.size(); ++i) members_ += (i == 0 ? "" : ", ") + json_quoted(as_utf8(values[i]));
  members_ += ']';
  return *this;
}

JournalJsonWriter& JournalJsonWriter::objects(std::string_view name, const std::vector<JournalJsonWriter>& values) {
  begin(name);
  members_ += '[';
  for (std::size_t i = 0; i < values.size(); ++i) members_ += (i == 0 ? "" : ", ") + values[i].str();
  members_ += ']';
  return *this;
}

Result<JournalJson> JournalJson::parse(std::string text) {
  Result<JsonDocument> document = JsonDocument::parse(std::move(text));
  if (!document) return document.error();
  if (document->root().kind() != JsonValue::Kind::object) {
    return Error(ErrorKind::invalid_argument, "it is no JSON object");
  }
  JournalJson json(document->root());
  json.document_.emplace(std::move(*document));
  return json;
}

JsonValue JournalJson::need(std::string_view name) const {
  const std::optional<JsonValue> value = object_.find(name);
  if (!value) throw wrong(name, "is missing");
  return *value;
}

std::string JournalJson::text(std::string_view name) const { return value_of(name, need(name).string()); }

std::int64_t JournalJson::integer(std::string_view name) const { return value_of(name, need(name).integer()); }

bool JournalJson::flag(std::string_view name) const { return value_of(name, need(name).boolean()); }

system_clock::time_point JournalJson::time(std::string_view name) const {
  const std::int64_t value = integer(name);
  constexpr std::int64_t most = std::chrono::duration_cast<milliseconds>(system_clock::duration::max()).count();
  if (value < -most || value > most) throw wrong(name, "is no time");
  return system_clock::time_point(milliseconds(value));
}

JournalJson JournalJson::object(std::string_view name) const {
  const JsonValue value = need(name);
  if (value.kind() != JsonValue::Kind::object) throw wrong(name, "is no object");
  return JournalJson(value);
}

std::vector<std::string> JournalJson::texts(std::string_view name) const {
  std::vector<std::string> all;
  for (const JsonValue value : value_of(name, need(name).elements())) all.push_back(value_of(name, value.string()));
  return all;
}

std::vector<JournalJson> JournalJson::objects(std::string_view name) const {
  std::vector<JournalJson> all;
  for (const JsonValue value : value_of(name, need(name).elements())) {
    if (value.kind() != JsonValue::Kind::object) throw wrong(name, "holds what is no object");
    all.push_back(JournalJson(value));
  }
  return all;
}

std::vector<std::pair<std::string, std::string>> JournalJson::members() const {
  std::vector<std::pair<std::string, std::string>> all;
  const Result<std::vector<JsonValue::Member>> members = object_.members();
  for (const JsonValue::Member& member : members.value()) {
    std::string name = member.name.string().value();
    std::string value = value_of(name, member.value.string());
    all.emplace_back(std::move(name), std::move(value));
  }
  return all;
}

std::optional<std::string> JournalJson::find_text(std::string_view name) const {
  if (!object_.find(name)) return std::nullopt;
  return text(name);
}

std::optional<std::int64_t> JournalJson::find_integer(std::string_view name) const {
  if (!object_.find(name)) return std::nullopt;
  return integer(name);
}

std::optional<bool> JournalJson::find_flag(std::string_view name) const {
  if (!object_.find(name)) return std::nullopt;
  return flag(name);
}

}  // namespace coffer
