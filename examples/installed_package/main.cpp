#include <iostream>

#include <coffer/base/version.hpp>

int main() { std::cout << "linked with coffer " << coffer::version() << '\n'; }
