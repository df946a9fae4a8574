#include <utility>

#include <coffer/codec/json_emitter.hpp>

#include "codec/json_strings.hpp"
#include "codec/json_tape.hpp"

namespace coffer {

/// A list or an object that was begun.
struct JsonEmitter::Level {
  bool is_object = false;
  std::uint32_t next = 0;  ///< A list's next element.
  std::uint32_t end = 0;
  std::vector<JsonMemberNodes> members;  ///< An object's.
  std::size_t given = 0;

  bool is_over() const noexcept { return is_object ? given == members.size() : next == end; }
};

JsonEmitter::JsonEmitter(JsonValue value, JsonStyle style, std::size_t depth)
    : tape_(value.tape_), style_(style), depth_(depth), root_(value.node_) {}
JsonEmitter::~JsonEmitter() = default;

bool JsonEmitter::next(std::string& into, std::size_t bytes) {
  const std::size_t before = into.size();
  if (!std::exchange(started_, true)) begin(root_, into);
  do {
    if (!open_.empty()) step(into);
  } while (!open_.empty() && into.size() - before < bytes);
  return !open_.empty();
}

void JsonEmitter::begin(std::uint32_t node, std::string& into) {
  const TapeNode& value = tape_->nodes[node];
  if (value.kind == JsonValue::Kind::string) {
    into += '"';
    append_ascii_json(tape_->inside(node), into);
    into += '"';
    return;
  }
  if (value.kind != JsonValue::Kind::object && value.kind != JsonValue::Kind::array) {
    into += tape_->raw(node);
    return;
  }
  Level level;
  level.is_object = value.kind == JsonValue::Kind::object;
  if (level.is_object) level.members = unique_members(*tape_, node);
  level.next = node + 1;
  level.end = value.next;
  if (level.is_over()) {
    into += level.is_object ? "{}" : "[]";
    return;
  }
  into += level.is_object ? '{' : '[';
  open_.push_back(std::move(level));
}

void JsonEmitter::step(std::string& into) {
  Level& level = open_.back();
  if (level.is_over()) {
    const bool is_object = level.is_object;
    open_.pop_back();
    if (style_.indent()) line_break(into);
    into += is_object ? '}' : ']';
    return;
  }
  if (level.given > 0) into += style_.indent() ? "," : ", ";
  if (style_.indent()) line_break(into);
  std::uint32_t value = level.next;
  if (level.is_object) {
    const JsonMemberNodes& member = level.members[level.given];
    into += '"';
    append_ascii_json(tape_->inside(member.name), into);
    into += "\": ";
    value = member.value;
  } else {
    level.next = tape_->nodes[value].next;
  }
  ++level.given;
  begin(value, into);
}

void JsonEmitter::line_break(std::string& into) const {
  into += '\n';
  into.append((depth_ + open_.size()) * *style_.indent(), ' ');
}

std::string emit_json(JsonValue value, const JsonStyle& style) {
  std::string text;
  JsonEmitter emitter(value, style);
  while (emitter.next(text)) {
  }
  return text;
}

}  // namespace coffer
