#include <coffer/base/result.hpp>

namespace coffer {

// Not boost::throw_with_location: its wrapper would be another type than the one that `co_` functions throw.
void throw_exception_from_error(const Error& error, const boost::source_location& /*where*/) { throw error; }

}  // namespace coffer
