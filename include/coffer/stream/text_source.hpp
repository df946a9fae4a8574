#pragma once

#include <string>

#include <coffer/base/text_parts.hpp>
#include <coffer/stream/byte_source.hpp>

namespace coffer {

/// A source that gives what `parts` makes; cannot be read again. Its chunks lie outside the budget: a part is small.
SourcePtr make_text_source(TextParts parts, std::string content_type = "text/plain; charset=utf-8");

}  // namespace coffer
