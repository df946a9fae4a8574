#include <coffer/base/version.hpp>

namespace coffer {

std::string_view version() noexcept { return COFFER_VERSION; }

}  // namespace coffer
