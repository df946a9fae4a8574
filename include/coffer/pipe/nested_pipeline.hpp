#pragma once

#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <coffer/pipe/pipeline.hpp>

namespace coffer {

/// How a pipeline becomes a pipe of another.
class NestSpec {
 public:
  /// Begins the names of its pipes, and of what they hand each other: "name/inner".
  explicit NestSpec(std::string name) : name_(std::move(name)) {}

  /// What an input of the inner pipeline is outside. Each has to be something.
  NestSpec& input(std::string inner, std::string outer) &;
  NestSpec&& input(std::string inner, std::string outer) && {
    return std::move(input(std::move(inner), std::move(outer)));
  }
  /// What an output of the inner pipeline is called outside; else "name/inner".
  NestSpec& output(std::string inner, std::string outer) &;
  NestSpec&& output(std::string inner, std::string outer) && {
    return std::move(output(std::move(inner), std::move(outer)));
  }
  /// Of all its pipes, besides conditions of their own.
  NestSpec& when(ConditionSpec condition) & {
    conditions_.push_back(std::move(condition));
    return *this;
  }
  /// All that depends on the item runs once for each element; an input is the item outside. What comes of it are lists.
  NestSpec& batch(BatchSpec batch) & {
    batch_ = std::move(batch);
    return *this;
  }
  NestSpec& at(SourcePlace place) & {
    place_ = place;
    return *this;
  }

  const std::string& name() const noexcept { return name_; }
  /// By the inner name.
  const std::map<std::string, std::string>& inputs() const noexcept { return inputs_; }
  const std::map<std::string, std::string>& outputs() const noexcept { return outputs_; }
  const std::vector<ConditionSpec>& conditions() const noexcept { return conditions_; }
  const std::optional<BatchSpec>& batch() const noexcept { return batch_; }
  SourcePlace place() const noexcept { return place_; }

 private:
  std::string name_;
  std::map<std::string, std::string> inputs_;
  std::map<std::string, std::string> outputs_;
  std::vector<ConditionSpec> conditions_;
  std::optional<BatchSpec> batch_;
  SourcePlace place_;
};

static_assert(!std::is_aggregate_v<NestSpec>);

/// Adds the pipes of `inner` to `outer`, where they are pipes like any other: they overlap with those around them, and
/// are drawn, written down and resumed one by one. They keep what they call things themselves, and have the place of
/// the spec. Error{invalid_argument} where a name is no input or output of `inner`, an input is missing, or a batch
/// cannot be: where a pipe inside goes over a list itself, writes one, or reads two names that there are for each
/// element.
void nest(Pipeline& outer, const Pipeline& inner, const NestSpec& how);

}  // namespace coffer
