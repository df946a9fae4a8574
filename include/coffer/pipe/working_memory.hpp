#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <coffer/base/result.hpp>
#include <coffer/codec/json_document.hpp>
#include <coffer/pipe/stuff.hpp>

namespace coffer {

/// Stuffs by their names, and other names for them: Pipelex's working memory, read from its JSON in any of its forms
/// and written in the same. What was not changed is written byte for byte as it was read, unknown members and all. It
/// is meant to be light: data belongs into the store (co_offload_memory, co_store_stuff), and a stuff by reference
/// takes a few hundred bytes. A value. Names are UTF-8, or WTF-8 for halves of surrogate pairs.
class WorkingMemory {
 public:
  /// An empty one, to be written as smart_dump does.
  WorkingMemory();
  /// Error{invalid_argument} with line and column for what is no JSON, or no working memory; Error{too_large}.
  static Result<WorkingMemory> parse(std::string text, JsonLimits limits = {});

  WorkingMemory(const WorkingMemory& other);
  /// What it was moved from can only be assigned to, or destroyed.
  WorkingMemory(WorkingMemory&&) noexcept;
  WorkingMemory& operator=(const WorkingMemory& other);
  WorkingMemory& operator=(WorkingMemory&&) noexcept;
  ~WorkingMemory();

  /// As JSON.
  std::string text() const;

  std::size_t size() const noexcept;
  /// The names of the stuffs, in order.
  std::vector<std::string> names() const;
  /// The stuff of this name, or of the name that it is an alias of.
  std::optional<Stuff> find(std::string_view name) const;
  /// The stuff that the alias main_stuff names.
  std::optional<Stuff> main_stuff() const { return find("main_stuff"); }
  /// Other names, and what they stand for, in order.
  std::vector<std::pair<std::string, std::string>> aliases() const;
  /// Names that were looked for in vain.
  std::vector<std::string> absences() const;

  /// In the place of the one of this name, or behind the others. Error{invalid_argument} for a name that is not UTF-8.
  void put(std::string_view name, const Stuff& stuff);
  /// Whether there was one. Aliases stay.
  bool remove(std::string_view name);
  /// "main_stuff" is one. In the place of the one that is there. Error{invalid_argument} as with put().
  void set_alias(std::string_view alias, std::string_view name);
  /// Whether there was one. Its stuff stays.
  bool remove_alias(std::string_view alias);

 private:
  struct State;
  explicit WorkingMemory(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace coffer
