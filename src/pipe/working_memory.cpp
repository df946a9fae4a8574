#include <algorithm>
#include <functional>
#include <utility>

#include <boost/unordered/unordered_flat_set.hpp>
#include <coffer/codec/json_emitter.hpp>
#include <coffer/codec/kajson.hpp>
#include <coffer/pipe/working_memory.hpp>

#include "codec/json_strings.hpp"
#include "pipe/memory_path.hpp"

namespace coffer {
namespace {

constexpr std::string_view nothing = R"({"root": {}, "aliases": {}, "absences": {}})";

/// A name as it is written, without its quotes. Throws Error{invalid_argument}.
std::string written(std::string_view name) {
  if (!is_wtf8(name)) throw Error(ErrorKind::invalid_argument, "a name in a working memory that is not UTF-8");
  std::string inside;
  append_ascii_text(name, inside);
  return inside;
}

std::string json_name(std::string_view name) { return '"' + written(name) + '"'; }

/// As it is read again: two halves of a pair that stand behind each other are one character then.
std::string normal(std::string_view name) { return decode_json_string(written(name)); }

/// One stuff, with all that stands before it since the one before. One allocation each: there may be many.
struct Entry {
  std::string text;
  std::uint32_t name_begin = 0;  // Behind its quote.
  std::uint32_t name_length = 0;
  std::uint32_t stuff_begin = 0;
  std::uint32_t content_begin = 0;
  std::uint32_t content_length = 0;

  /// It was removed, and its place in the list is kept for a while: moving all behind it would cost their number.
  bool is_gone() const noexcept { return text.empty(); }
  std::string_view before() const noexcept { return std::string_view(text).substr(0, name_begin - 1); }
  std::string_view raw_name() const noexcept { return std::string_view(text).substr(name_begin, name_length); }
  std::string name() const { return decode_json_string(raw_name()); }

  void set_before(std::string_view layout) {
    const auto more = static_cast<std::uint32_t>(layout.size() - before().size());  // Wraps where it is less.
    text.replace(0, before().size(), layout);
    name_begin += more;
    stuff_begin += more;
    content_begin += more;
  }
};

/// Names as they are, and as they are written in entries.
struct NameHash {
  using is_transparent = void;  // NOLINT(readability-identifier-naming): the standard's name.
  const std::vector<Entry>* entries = nullptr;
  std::size_t operator()(std::string_view name) const noexcept { return std::hash<std::string_view>()(name); }
  std::size_t operator()(std::uint32_t entry) const { return std::hash<std::string>()((*entries)[entry].name()); }
};
struct NameEqual {
  using is_transparent = void;  // NOLINT(readability-identifier-naming): the standard's name.
  const std::vector<Entry>* entries = nullptr;
  bool operator()(std::uint32_t a, std::uint32_t b) const { return (*entries)[a].name() == (*entries)[b].name(); }
  bool operator()(std::string_view name, std::uint32_t entry) const { return (*entries)[entry].name() == name; }
  bool operator()(std::uint32_t entry, std::string_view name) const { return (*entries)[entry].name() == name; }
};

/// Other names with what they stand for, as it is written.
using Aliases = std::vector<std::pair<std::string, std::string>>;

/// A member of the document, with all that stands before its value since the one before.
struct Section {
  std::string name;
  std::string before;
  std::string value;  // Of the root: empty.
};

}  // namespace

/// The document, in pieces that together are its text.
struct WorkingMemory::State {
  State() : index(0, NameHash{&entries}, NameEqual{&entries}) {}
  State(const State& other)
      : sections(other.sections),
        behind(other.behind),
        entries(other.entries),
        gone(other.gone),
        first(other.first),
        root_end(other.root_end),
        index(0, NameHash{&entries}, NameEqual{&entries}) {
    index_all();
  }
  State& operator=(const State&) = delete;
  ~State() = default;

  void index_all() {
    index.clear();
    index.reserve(entries.size());
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
      if (!entries[i].is_gone()) add_to_index(i);
    }
  }
  /// Of a name that is there twice, the last counts, as in Python.
  void add_to_index(std::uint32_t entry) {
    index.erase(entry);
    index.insert(entry);
  }

  /// Names may be there twice; then all entries are looked at.
  void remove_all(std::string_view name) {
    const auto counted = index.find(name);
    const std::uint32_t entry = *counted;
    const bool unique = entries.size() - gone == index.size();
    index.erase(counted);
    if (unique) {
      remove(entry);
    } else {
      for (std::uint32_t i = 0; i < entries.size(); ++i) {
        if (!entries[i].is_gone() && entries[i].name() == name) remove(i);
      }
    }
    if (gone <= entries.size() / 2) return;
    std::erase_if(entries, [](const Entry& each) { return each.is_gone(); });
    gone = 0;
    first = 0;
    index_all();
  }
  /// Not from the index.
  void remove(std::uint32_t entry) {
    const std::string layout(entries[entry].before());
    entries[entry] = Entry();
    ++gone;
    if (entry != first) return;
    while (first < entries.size() && entries[first].is_gone()) ++first;
    if (first < entries.size()) entries[first].set_before(layout);
  }

  const Section* section(std::string_view name) const {
    const auto found =
        std::find_if(sections.rbegin(), sections.rend(), [&](const Section& s) { return s.name == name; });
    return found == sections.rend() ? nullptr : &*found;
  }
  /// Made where it is not there.
  Section& section(std::string_view name) {
    if (const Section* there = std::as_const(*this).section(name))
      return sections[static_cast<std::size_t>(there - sections.data())];
    return sections.emplace_back(Section{std::string(name), ", " + json_name(name) + ": ", "{}"});
  }

  /// What a new stuff is set apart with from the last: as the first stands in its braces, and behind a comma.
  std::string layout_behind_last() const {
    if (entries.empty()) return "";
    const std::string_view layout = entries[first].before();
    return layout.empty() ? ", " : "," + std::string(layout);
  }

  /// Those that are no strings, too: somebody put them there.
  Aliases raw_aliases() const {
    Aliases aliases;
    const Section* there = section("aliases");
    if (there == nullptr) return aliases;
    const JsonDocument document = JsonDocument::parse(there->value).value();
    for (const JsonValue::Member& member : document.root().members().value()) {
      aliases.emplace_back(member.name.string().value(), member.value.raw());
    }
    return aliases;
  }

  void write_aliases(const Aliases& aliases) {
    std::string value = "{";
    for (const auto& [alias, name] : aliases) {
      if (value.size() > 1) value += ", ";
      value += json_name(alias) + ": " + name;
    }
    section("aliases").value = value + "}";
  }

  std::optional<Error> read(const JsonDocument& document);
  std::optional<Error> read_root(const JsonDocument& document, JsonValue root);

  std::vector<Section> sections;
  std::string behind;          // The end of the document.
  std::vector<Entry> entries;  // At most half of them gone; none, where there is no stuff.
  std::size_t gone = 0;
  std::uint32_t first = 0;  // That is not gone.
  std::string root_end;     // All behind the last stuff, its brace included.
  boost::unordered_flat_set<std::uint32_t, NameHash, NameEqual> index;
};

namespace {

std::size_t begin_of(const JsonDocument& document, JsonValue value) {
  return static_cast<std::size_t>(value.raw().data() - document.text().data());
}
std::size_t end_of(const JsonDocument& document, JsonValue value) {
  return begin_of(document, value) + value.raw().size();
}

Error misplaced(JsonValue value, const std::string& wanted) {
  return {ErrorKind::invalid_argument,
          place_text(value.place()) + ": " + wanted + " must stand here, not " + std::string(to_string(value.kind()))};
}

}  // namespace

std::optional<Error> WorkingMemory::State::read(const JsonDocument& document) {
  const JsonValue whole = document.root();
  const std::optional<JsonValue> root = whole.find("root");
  if (!root) return no_working_memory();
  std::size_t at = 0;
  for (const JsonValue::Member& member : whole.members_as_written().value()) {
    const std::size_t begin = begin_of(document, member.value);
    Section section{member.name.string().value(), std::string(document.text().substr(at, begin - at)), ""};
    at = end_of(document, member.value);
    const bool is_root = member.value.raw().data() == root->raw().data();
    if (is_root) {
      if (auto error = read_root(document, member.value)) return error;
    } else {
      section.value = member.value.raw();
      // The root that counts is the last; one before it is a text that stays.
      if (section.name == "root") section.name.clear();
      const bool of_names = section.name == "aliases" || section.name == "absences";
      if (of_names && member.value.kind() != JsonValue::Kind::object) return misplaced(member.value, "an object");
    }
    sections.push_back(std::move(section));
  }
  behind = document.text().substr(at);
  index_all();
  return std::nullopt;
}

std::optional<Error> WorkingMemory::State::read_root(const JsonDocument& document, JsonValue root) {
  if (root.kind() != JsonValue::Kind::object) return misplaced(root, "an object with the stuffs by their names");
  std::size_t at = begin_of(document, root) + 1;
  for (const JsonValue::Member& member : root.members_as_written().value()) {
    const std::optional<JsonValue> content = member.value.find("content");
    if (member.value.kind() != JsonValue::Kind::object) return misplaced(member.value, "a stuff, an object,");
    if (!content) {
      return Error(ErrorKind::invalid_argument,
                   place_text(member.value.place()) + ": this stuff has no member content");
    }
    const auto from = [&](std::size_t offset) { return static_cast<std::uint32_t>(offset - at); };
    Entry entry;
    entry.name_begin = from(begin_of(document, member.name) + 1);
    entry.name_length = static_cast<std::uint32_t>(member.name.raw().size() - 2);
    entry.stuff_begin = from(begin_of(document, member.value));
    entry.content_begin = from(begin_of(document, *content));
    entry.content_length = static_cast<std::uint32_t>(content->raw().size());
    const std::size_t end = end_of(document, member.value);
    entry.text = std::string(document.text().substr(at, end - at));
    at = end;
    entries.push_back(std::move(entry));
  }
  entries.shrink_to_fit();
  root_end = document.text().substr(at, end_of(document, root) - at);
  return std::nullopt;
}

WorkingMemory::WorkingMemory() : WorkingMemory(parse(std::string(nothing)).value()) {}

Result<WorkingMemory> WorkingMemory::parse(std::string text, JsonLimits limits) {
  const Result<JsonDocument> document = JsonDocument::parse(std::move(text), limits);
  if (!document) return document.error();
  auto state = std::make_unique<State>();
  if (auto error = state->read(*document)) return std::move(*error);
  return WorkingMemory(std::move(state));
}

WorkingMemory::WorkingMemory(std::unique_ptr<State> state) : state_(std::move(state)) {}
WorkingMemory::WorkingMemory(const WorkingMemory& other) : state_(std::make_unique<State>(*other.state_)) {}
WorkingMemory::WorkingMemory(WorkingMemory&&) noexcept = default;
WorkingMemory& WorkingMemory::operator=(const WorkingMemory& other) {
  state_ = std::make_unique<State>(*other.state_);
  return *this;
}
WorkingMemory& WorkingMemory::operator=(WorkingMemory&&) noexcept = default;
WorkingMemory::~WorkingMemory() = default;

std::string WorkingMemory::text() const {
  std::string text;
  for (const Section& section : state_->sections) {
    text += section.before;
    if (section.name != "root") {
      text += section.value;
      continue;
    }
    text += '{';
    for (const Entry& entry : state_->entries) text += entry.text;
    text += state_->root_end;
  }
  return text += state_->behind;
}

std::size_t WorkingMemory::size() const noexcept { return state_->index.size(); }

std::vector<std::string> WorkingMemory::names() const {
  std::vector<std::string> names;
  names.reserve(size());
  for (std::uint32_t i = 0; i < state_->entries.size(); ++i) {
    if (!state_->entries[i].is_gone() && *state_->index.find(i) == i) names.push_back(state_->entries[i].name());
  }
  return names;
}

std::optional<Stuff> WorkingMemory::find(std::string_view asked) const {
  if (!is_wtf8(asked)) return std::nullopt;
  const std::string name = normal(asked);
  auto found = state_->index.find(std::string_view(name));
  if (found == state_->index.end()) {
    for (const auto& [alias, stuff] : aliases()) {
      if (alias == name) found = state_->index.find(std::string_view(stuff));
    }
  }
  if (found == state_->index.end()) return std::nullopt;
  const Entry& entry = state_->entries[*found];
  return Stuff(entry.text.substr(entry.stuff_begin), entry.content_begin - entry.stuff_begin, entry.content_length);
}

std::vector<std::pair<std::string, std::string>> WorkingMemory::aliases() const {
  std::vector<std::pair<std::string, std::string>> aliases;
  const Section* section = std::as_const(*state_).section("aliases");
  if (section == nullptr) return aliases;
  const JsonDocument document = JsonDocument::parse(section->value).value();
  for (const JsonValue::Member& member : document.root().members().value()) {
    if (member.value.kind() != JsonValue::Kind::string) continue;
    aliases.emplace_back(member.name.string().value(), member.value.string().value());
  }
  return aliases;
}

std::vector<std::string> WorkingMemory::absences() const {
  std::vector<std::string> names;
  const Section* section = std::as_const(*state_).section("absences");
  if (section == nullptr) return names;
  const JsonDocument document = JsonDocument::parse(section->value).value();
  for (const JsonValue::Member& member : document.root().members().value()) {
    names.push_back(member.name.string().value());
  }
  return names;
}

void WorkingMemory::put(std::string_view name, const Stuff& stuff) {
  const std::string as_read = normal(name);
  State& state = *state_;
  const auto there = state.index.find(std::string_view(as_read));
  Entry entry;
  entry.text = there != state.index.end() ? std::string(state.entries[*there].before()) : state.layout_behind_last();
  entry.name_begin = static_cast<std::uint32_t>(entry.text.size() + 1);
  entry.text += json_name(name);
  entry.name_length = static_cast<std::uint32_t>(entry.text.size() - 1 - entry.name_begin);
  entry.text += ": ";
  entry.stuff_begin = static_cast<std::uint32_t>(entry.text.size());
  entry.content_begin = static_cast<std::uint32_t>(entry.stuff_begin + stuff.begin_);
  entry.content_length = static_cast<std::uint32_t>(stuff.length_);
  entry.text += stuff.text_;
  if (there != state.index.end()) {
    state.entries[*there] = std::move(entry);
    return;
  }
  state.entries.push_back(std::move(entry));
  state.index.insert(static_cast<std::uint32_t>(state.entries.size() - 1));
}

bool WorkingMemory::remove(std::string_view asked) {
  if (!is_wtf8(asked)) return false;
  const std::string name = normal(asked);
  if (!state_->index.contains(std::string_view(name))) return false;
  state_->remove_all(name);
  return true;
}

void WorkingMemory::set_alias(std::string_view alias, std::string_view name) {
  const std::string as_read = normal(alias);
  Aliases all = state_->raw_aliases();
  const auto there = std::ranges::find(all, as_read, &Aliases::value_type::first);
  if (there == all.end()) {
    all.emplace_back(as_read, json_name(name));
  } else {
    there->second = json_name(name);
  }
  state_->write_aliases(all);
}

bool WorkingMemory::remove_alias(std::string_view alias) {
  if (!is_wtf8(alias)) return false;
  const std::string as_read = normal(alias);
  Aliases all = state_->raw_aliases();
  const auto is_it = [&](const auto& entry) { return entry.first == as_read; };
  if (std::erase_if(all, is_it) == 0) return false;
  state_->write_aliases(all);
  return true;
}

}  // namespace coffer
