#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include <coffer/base/did_you_mean.hpp>

namespace coffer {
namespace {

/// Letters to insert, remove or replace.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j + 1] + 1, row[j] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string did_you_mean(std::string_view wrong, std::span<const std::string> words) {
  if (wrong.size() > 100) return "";
  const std::string* best = nullptr;
  std::size_t fewest = 1 + wrong.size() / 4;  // More is another word.
  for (const std::string& word : words) {
    const std::size_t count = edits(wrong, word);
    if (count > fewest || (best != nullptr && count == fewest)) continue;
    fewest = count;
    best = &word;
  }
  return best == nullptr ? "" : "; did you mean '" + *best + "'?";
}

}  // namespace coffer
