#include <algorithm>
#include <utility>

#include <coffer/storage/lister.hpp>

namespace coffer {
namespace {

class EntryLister final : public Lister {
 public:
  EntryLister(std::vector<ListEntry> entries, std::size_t page_size)
      : entries_(std::move(entries)), page_size_(page_size) {}

  Task<std::vector<ListEntry>> co_next() override {
    const auto first = entries_.begin() + static_cast<std::ptrdiff_t>(next_);
    next_ += std::min(page_size_, entries_.size() - next_);
    const auto last = entries_.begin() + static_cast<std::ptrdiff_t>(next_);
    std::vector<ListEntry> page(std::make_move_iterator(first), std::make_move_iterator(last));
    co_return std::move(page);
  }

 private:
  std::vector<ListEntry> entries_;
  std::size_t page_size_;
  std::size_t next_ = 0;
};

/// Shows what lies behind a further '/' as its prefix.
void hide_deeper(ListEntry& entry, const Uri& root, std::size_t prefix_size) {
  const std::size_t slash = entry.key.find('/', prefix_size);
  if (slash == std::string::npos) return;
  entry.key.resize(slash + 1);
  entry.is_prefix = true;
  entry.info = ObjectInfo();
  entry.info.uri = root.join(entry.key);
}

}  // namespace

ListerPtr make_lister(const Uri& root, std::vector<ListEntry> objects, const std::string& prefix,
                      const ListOptions& options) {
  std::erase_if(objects, [&](const ListEntry& entry) { return !entry.key.starts_with(prefix); });
  if (!options.recursive()) {
    for (ListEntry& entry : objects) hide_deeper(entry, root, prefix.size());
  }
  std::erase_if(objects, [&](const ListEntry& entry) { return entry.key <= options.after(); });
  std::sort(objects.begin(), objects.end(), [](const ListEntry& a, const ListEntry& b) { return a.key < b.key; });
  const auto last = std::unique(objects.begin(), objects.end(),
                                [](const ListEntry& a, const ListEntry& b) { return a.key == b.key; });
  objects.erase(last, objects.end());
  return std::make_unique<EntryLister>(std::move(objects), std::max<std::size_t>(options.page_size(), 1));
}

}  // namespace coffer
