#include "bench/kajson_documents.hpp"

#include <array>
#include <random>
#include <string_view>

namespace coffer::bench {
namespace {

constexpr std::array<std::string_view, 6> texts = {"paid",
                                                   "invoice 2026-0117, to be checked by hand",
                                                   R"(Caf\u00e9 de la Gare, \u20ac 12.50)",
                                                   R"(first line\nsecond line with a \"word\" in quotes)",
                                                   "The quick brown fox jumps over the lazy dog and reads the terms of "
                                                   "the contract, which are many and in small print.",
                                                   "file:///data/store/runs/0198f3/assets/5EewHnXfmuT2wdDB39Yxww.png"};

class Writer {
 public:
  std::string document() {
    std::string text = R"({"title": )" + quoted() + R"(, "amount": )" + real() + R"(, "count": )" + whole() +
                       R"(, "paid": )" + (chance() ? "true" : "false") + R"(, "note": null, "due": )" + date() +
                       R"(, "tags": [)" + quoted() + ", " + quoted() + R"(], "lines": [)";
    for (int line = 0; line < 4; ++line) {
      text += line == 0 ? "" : ", ";
      text += R"({"text": )" + quoted() + R"(, "price": )" + real() + R"(, "place": {"page": )" + whole() +
              R"(, "box": [)" + real() + ", " + real() + R"(])" + tags("Place") + tags("Line");
    }
    return text + "]" + tags("Ticket");
  }

 private:
  bool chance() { return random_() % 2 == 0; }
  std::string quoted() { return '"' + std::string(texts[random_() % texts.size()]) + '"'; }
  std::string whole() { return std::to_string(random_() % 100'000); }
  /// In as few digits as Python's repr has.
  std::string real() {
    const auto cents = random_() % 1'000'000;
    const std::string fraction = std::to_string(cents % 100 + 100).substr(1);
    return std::to_string(cents / 100) + "." + (fraction[1] == '0' ? fraction.substr(0, 1) : fraction);
  }
  static std::string date() { return R"({"date": "2026-11-22", "__class__": "date", "__module__": "datetime"})"; }
  static std::string tags(std::string_view name) {
    return R"(, "__class__": ")" + std::string(name) + R"(", "__module__": "kajson_shop"})";
  }

  std::mt19937 random_{20221};
};

}  // namespace

std::string make_kajson_documents(std::size_t bytes) {
  Writer writer;
  std::string text = "[";
  while (text.size() < bytes) text += (text.size() > 1 ? ", " : "") + writer.document();
  return text + "]";
}

}  // namespace coffer::bench
