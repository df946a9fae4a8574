#pragma once

#include <string>

namespace coffer {

/// A float as Python's json writes it: repr's shortest digits that give the same double, a fraction or an exponent
/// always there; NaN, Infinity, -Infinity.
void append_python_float(double value, std::string& out);

}  // namespace coffer
