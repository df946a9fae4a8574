#include "pipe/journal_holder.hpp"

#include <array>
#include <chrono>
#include <ctime>

#include "pipe/journal_json.hpp"

namespace coffer {

std::string holder_to_json(const RunHolder& holder) {
  JournalJsonWriter json;
  json.text("holder", holder.token).integer("pid", holder.pid).integer("start_time", holder.start_time);
  json.text("host", holder.host).text("boot", holder.boot).time("at", holder.since);
  return json.str() + "\n";
}

std::optional<RunHolder> parse_holder(std::string_view json) {
  const Result<JournalJson> parsed = JournalJson::parse(std::string(json));
  if (!parsed) return std::nullopt;
  try {
    RunHolder holder;
    holder.token = parsed->text("holder");
    holder.pid = parsed->integer("pid");
    holder.start_time = parsed->find_integer("start_time").value_or(0);
    holder.host = parsed->text("host");
    holder.boot = parsed->text("boot");
    holder.since = parsed->time("at");
    return holder;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string holder_text(const RunHolder& holder) {
  if (holder.token.empty()) return "a process that does not say which";
  const std::time_t seconds = std::chrono::system_clock::to_time_t(holder.since);
  std::tm parts = {};
  std::array<char, 32> time{};
  if (::gmtime_r(&seconds, &parts) != nullptr) std::strftime(time.data(), time.size(), "%F %T UTC", &parts);
  return "process " + std::to_string(holder.pid) + " on " + holder.host + " since " + time.data();
}

}  // namespace coffer
