#include <string>

#include <CLI/CLI.hpp>
#include <coffer/base/version.hpp>

int main(int argc, char** argv) {
  CLI::App app("Keeps what the pipes of a workflow hand each other in storage, streamed, under one memory budget.",
               "coffer");
  app.set_version_flag("--version", std::string(coffer::version()));
  CLI11_PARSE(app, argc, argv);
  return 0;
}
