#include <algorithm>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <coffer/app/doctor.hpp>

#include "cli/columns.hpp"
#include "cli/exit_code.hpp"
#include "cli/program.hpp"
#include "cli/text.hpp"

namespace coffer::cli {
namespace {

constexpr std::size_t name_width = 13;
constexpr std::size_t health_width = 8;

void print(Console& console, const HealthCheck& check) {
  if (console.json()) {
    JsonObject line;
    line.text("check", check.name).text("health", to_string(check.health)).text("finding", check.finding);
    console.result(line.text("cure", check.cure));
    return;
  }
  const std::string word = check.health == Health::good ? "OK" : std::string(to_string(check.health));
  console.result(pad_right(check.name, name_width) + "  " + pad_right(word, health_width) + "  " +
                 printable(check.finding));
  if (!check.cure.empty())
    console.result(pad_right("", name_width + health_width + 4) + "cure: " + printable(check.cure));
}

int run_doctor(const Call& call) {
  const Settings settings = resolve(call.options);
  if (settings.root.scheme() != "file") {
    throw Error(ErrorKind::unsupported, "only a store in a folder can be examined")
        .during("doctor")
        .about(settings.root.text());
  }
  const std::vector<HealthCheck> checks = examine_store(settings.root.path(), settings.budget);
  for (const HealthCheck& check : checks) print(call.console, check);
  const bool unusable = std::any_of(checks.begin(), checks.end(),
                                    [](const HealthCheck& check) { return check.health == Health::unusable; });
  return unusable ? exit_failed : exit_done;
}

}  // namespace

void add_doctor(Program& program) {
  VerbText text;
  text.name = "doctor";
  text.summary = "Try what the store's folder and this machine can do; name what is missing and its cure";
  text.examples =
      "  coffer doctor\n"
      "  coffer doctor --store /mnt/disk/store --json";
  text.notes =
      "Exit code 1 where something is unusable; what is only limited (slower, or little room left) is no failure.";
  program.add_verb(text, run_doctor);
}

}  // namespace coffer::cli
