#pragma once

#include <string>

namespace coffer {

/// The file that a command's name stands for, as starting it finds it; empty where there is none. What names a folder
/// is not looked for. Looks at files.
std::string find_program(const std::string& name);

}  // namespace coffer
