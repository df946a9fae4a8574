#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <coffer/base/result.hpp>
#include <coffer/codec/kajson.hpp>
#include <coffer/pipe/content_reference.hpp>

namespace coffer {

/// What a workflow's pipes hand each other under one name: a concept, and a content, which stands in it as JSON or as a
/// reference to where it lies. A value: it keeps the text that Pipelex wrote, unknown members and all, and changes
/// nothing of it but the content.
class Stuff {
 public:
  /// Without name and concept; its content is null.
  Stuff() : Stuff(R"({"content": null})", 12, 4) {}
  /// As Pipelex writes one (smart_dump). `content` is JSON. Error{invalid_argument} where it is not.
  static Result<Stuff> make(std::string_view name, std::string_view code, std::string_view concept_name,
                            std::string_view content);
  /// The same of a struct or another type that Kajson has.
  template <class T>
  static Result<Stuff> of(std::string_view name, std::string_view code, std::string_view concept_name,
                          const T& content) {
    const Result<std::string> text = to_kajson(content);
    if (!text) return text.error();
    return make(name, code, concept_name, *text);
  }
  /// A stuff of a working memory, in any of its forms. Error{invalid_argument} with line and column where it is no
  /// object, or has no content.
  static Result<Stuff> parse(std::string text);

  /// As JSON.
  const std::string& text() const noexcept { return text_; }
  /// "native.Text"; empty where it does not say.
  std::string concept_name() const;
  /// Its stuff_code; empty where it has none.
  std::string code() const;

  /// The content as it stands here, in JSON.
  std::string_view content() const noexcept { return std::string_view(text_).substr(begin_, length_); }
  /// Where the content lies, if all of it lies somewhere else; nothing where it stands here.
  std::optional<ContentReference> reference() const;
  /// The content, which stands here, as a T. Error{invalid_argument} where it lies somewhere else.
  template <class T>
  Result<T> content_as() const {
    if (const std::optional<ContentReference> elsewhere = reference()) {
      return Error(ErrorKind::invalid_argument,
                   "the content lies in the store, at " + elsewhere->uri.text() + ": co_load_stuff brings it back");
    }
    return from_kajson<T>(content());
  }

  /// The same stuff with another content. Error{invalid_argument} where it is not JSON.
  Result<Stuff> with_content(std::string_view json) const;
  /// The same stuff with its content in the store.
  Stuff with_reference(const ContentReference& reference) const;

  friend bool operator==(const Stuff& a, const Stuff& b) noexcept { return a.text_ == b.text_; }

 private:
  friend class WorkingMemory;
  Stuff(std::string text, std::size_t begin, std::size_t length)
      : text_(std::move(text)), begin_(begin), length_(length) {}
  Stuff replaced(std::string_view content) const;

  std::string text_;
  std::size_t begin_;  // Of the content in the text.
  std::size_t length_;
};

}  // namespace coffer
