#include <coffer/stream/byte_source.hpp>

namespace coffer {

Task<SourcePtr> ByteSource::co_reopen(ByteRange /*range*/) { co_return nullptr; }

}  // namespace coffer
