#include <optional>
#include <utility>

#include <coffer/pipe/content_reference.hpp>
#include <coffer/pipe/memory_overview.hpp>

#include "codec/json_scanner.hpp"
#include "codec/json_strings.hpp"
#include "pipe/memory_path.hpp"
#include "pipe/string_classifier.hpp"
#include "pipe/text_pieces.hpp"

namespace coffer {
namespace {

class Surveyor {
 public:
  void read(std::string_view piece) {
    scanner_.feed(piece);
    while (const std::optional<JsonPart> part = scanner_.next()) take(*part);
  }

  MemoryOverview take_overview() && {
    scanner_.end();
    if (path_.has_root()) return std::move(overview_);
    throw no_working_memory();
  }

 private:
  using Kind = JsonPart::Kind;

  void take(const JsonPart& part) {
    const std::size_t depth_before = path_.depth();
    const bool was_in_content = path_.in_content();
    check_kind(part);
    if (part.kind == Kind::object_begin && path_.at_stuff()) {
      StuffOverview stuff;
      stuff.name = path_.stuff();
      overview_.stuffs.push_back(std::move(stuff));
      has_content_ = false;
      code_.clear();
      domain_.clear();
    }
    path_.step(part, scanner_.depth());
    if (part.kind == Kind::object_end && depth_before == content_depth && path_.at_stuff()) check_content();
    if (was_in_content && (depth_before > content_depth || is_of_value(part.kind))) {
      overview_.stuffs.back().bytes += part.text.size();
    }
    if (part.kind == Kind::string_begin) string_.clear();
    if (part.kind == Kind::string) string_ += part.text.substr(0, longest_reference + 1 - string_.size());
    if (part.kind == Kind::string_end) string_ended();
    if (part.kind == Kind::name_end) name_ended();
  }

  /// Of what stands among the members of a stuff: whether it is of a value, not of what is around it.
  static bool is_of_value(Kind kind) noexcept {
    return kind == Kind::object_begin || kind == Kind::array_begin || kind == Kind::word ||
           kind == Kind::string_begin || kind == Kind::string || kind == Kind::string_end;
  }

  /// What must be an object is one.
  void check_kind(const JsonPart& part) const {
    if (part.kind != Kind::array_begin && part.kind != Kind::string_begin && part.kind != Kind::word) return;
    const bool of_names = path_.section() == "aliases" || path_.section() == "absences";
    if (!path_.at_stuff() && !(path_.depth() == 1 && of_names)) return;
    SourcePlace begin = scanner_.place();
    begin.column -= static_cast<std::uint32_t>(part.text.size());
    refuse(begin, path_.at_stuff() ? "a stuff, an object, must stand here" : "an object must stand here");
  }

  void check_content() const {
    if (!has_content_) refuse(scanner_.place(), "the stuff that ends here has no member content");
  }

  [[noreturn]] static void refuse(const SourcePlace& place, const std::string& why) {
    throw Error(ErrorKind::invalid_argument, place_text(place) + ": " + why);
  }

  void string_ended() {
    if (path_.in_content()) return count_reference();
    if (path_.in_stuff()) return take_concept();
    if (path_.depth() == section_depth && path_.section() == "aliases") {
      overview_.aliases.emplace_back(path_.name(), said());
    }
  }

  void name_ended() {
    if (path_.depth() == content_depth && path_.in_content()) has_content_ = true;
    if (path_.depth() == section_depth && path_.section() == "absences") overview_.absences.push_back(path_.name());
  }

  void count_reference() {
    if (string_.size() > longest_reference) return;
    const Result<std::optional<ContentReference>> reference = ContentReference::parse(decode_json_string(string_));
    if (!reference || !*reference) return;
    ++overview_.stuffs.back().references;
    overview_.stuffs.back().referenced_bytes += (*reference)->size;
  }

  /// It is a string of the stuff, or an object with the two halves of the name.
  void take_concept() {
    std::string& known = overview_.stuffs.back().concept_name;
    const std::string& member = path_.stuff_member();
    if (path_.depth() == content_depth) {
      if (member == "concept" || member == "concept_code") known = said();
      return;
    }
    if (member != "concept" || path_.depth() != content_depth + 1) return;
    if (path_.name() == "code") code_ = said();
    if (path_.name() == "domain_code") domain_ = said();
    if (!code_.empty()) known = domain_.empty() ? code_ : domain_ + "." + code_;
  }

  /// What the string says, at most so much of it as a name may have.
  std::string said() const {
    constexpr std::size_t most = 1024;
    if (string_.size() <= most) return decode_json_string(string_);
    const std::string_view start = std::string_view(string_).substr(0, most);
    return decode_json_string(start.substr(0, start.size() - cut_json_string(start))) + "…";
  }

  static constexpr std::size_t section_depth = 2;
  static constexpr std::size_t content_depth = 3;

  JsonScanner scanner_;
  MemoryPath path_;
  MemoryOverview overview_;
  std::string string_;        // As it is written; of a long one the start.
  bool has_content_ = false;  // The stuff at hand.
  std::string code_;
  std::string domain_;
};

}  // namespace

Task<MemoryOverview> co_survey_memory(ByteSource& memory) {
  Surveyor surveyor;
  while (const std::optional<Chunk> chunk = co_await memory.co_read()) {
    for (const std::string_view piece : TextPieces(chunk->text())) surveyor.read(piece);
  }
  co_return std::move(surveyor).take_overview();
}

}  // namespace coffer
