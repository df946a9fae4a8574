#include <coffer/cli/coffer_main.hpp>

int main(int argc, char** argv) { return coffer::coffer_main(argc, argv, coffer::PipeRoutines()); }
