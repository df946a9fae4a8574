#pragma once

#include <memory>

#include <coffer/async/buffer_pool.hpp>
#include <coffer/base/byte_range.hpp>
#include <coffer/stream/byte_source.hpp>

namespace coffer {

/// Opens ranges of what block_sums.hpp describes.
class SummedObject {
 public:
  SummedObject() = default;
  SummedObject(const SummedObject&) = delete;
  SummedObject& operator=(const SummedObject&) = delete;
  virtual ~SummedObject() = default;
  virtual Task<SourcePtr> co_open_stored(Extent extent) = 0;
  /// Whether the checksums are there: not while it is being written.
  virtual bool has_sums() const noexcept = 0;
};

/// Part of an object that lies with checksums: what does not match them is Error{corrupt} before any byte of it is
/// given away. `info` is the object's, with its size; `extent` lies in it.
SourcePtr make_summed_source(BudgetShare share, std::shared_ptr<SummedObject> object, ObjectInfo info, Extent extent);

}  // namespace coffer
