#include "pipe/journal_records.hpp"

#include <array>
#include <charconv>
#include <span>
#include <utility>

#include <coffer/base/checksum.hpp>

#include "codec/base64.hpp"
#include "pipe/journal_json.hpp"

namespace coffer {
namespace {

constexpr std::array keeps = {Keep::everything, Keep::outputs, Keep::nothing};

std::string to_base64(std::string_view bytes) {
  Base64Encoder encoder;
  std::string text(Base64Encoder::room(bytes.size()) + 4, '\0');
  std::size_t size = encoder.encode(std::as_bytes(std::span(bytes)), text.data());
  size += encoder.finish(text.data() + size);
  text.resize(size);
  return text;
}

std::string from_base64(std::string_view text) {
  Base64Checker checker;
  checker.add(text);
  if (!checker.is_canonical()) throw Error(ErrorKind::invalid_argument, "its member 'content' is no base64");
  std::string bytes(Base64Decoder::room(text.size()), '\0');
  Base64Decoder decoder;
  bytes.resize(decoder.decode(text, reinterpret_cast<std::byte*>(bytes.data())));
  return bytes;
}

std::uint32_t crc_of(const std::string& text) {
  std::uint32_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (failed != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorKind::invalid_argument, "its member 'crc32c' is no checksum");
  }
  return value;
}

Keep keep_of(const std::string& text) {
  for (const Keep keep : keeps) {
    if (to_string(keep) == text) return keep;
  }
  throw Error(ErrorKind::invalid_argument, "its member 'keep' has a value that is not known");
}

JournalJsonWriter json_of(const RunObject& object) {
  JournalJsonWriter json;
  json.text("name", object.name).text("uri", object.stored.uri.text());
  json.integer("size", static_cast<std::int64_t>(object.stored.size));
  json.text("crc32c", crc32c_text(object.stored.crc32c)).text("etag", object.stored.etag);
  json.text("type", object.stored.content_type);
  if (object.content) json.text("content", to_base64(*object.content));
  return json;
}

RunObject object_of(const JournalJson& json) {
  RunObject object;
  object.name = json.text("name");
  const std::string uri = json.text("uri");
  if (!uri.empty()) object.stored.uri = Uri::parse(uri).value();
  object.stored.size = static_cast<std::uint64_t>(json.integer("size"));
  object.stored.crc32c = crc_of(json.text("crc32c"));
  object.stored.etag = json.text("etag");
  object.stored.content_type = json.text("type");
  if (const auto content = json.find_text("content")) object.content = from_base64(*content);
  return object;
}

std::vector<RunObject> objects_of(const JournalJson& json, std::string_view name) {
  std::vector<RunObject> objects;
  for (const JournalJson& object : json.objects(name)) objects.push_back(object_of(object));
  return objects;
}

std::vector<JournalJsonWriter> json_of(const std::vector<RunObject>& objects) {
  std::vector<JournalJsonWriter> all;
  all.reserve(objects.size());
  for (const RunObject& object : objects) all.push_back(json_of(object));
  return all;
}

JournalJsonWriter json_of(const std::map<std::string, std::string>& texts) {
  JournalJsonWriter json;
  for (const auto& [name, value] : texts) json.text(name, value);
  return json;
}

std::map<std::string, std::string> texts_of(const JournalJson& json, std::string_view name) {
  std::map<std::string, std::string> texts;
  for (auto& [key, value] : json.object(name).members()) texts.emplace(key, value);
  return texts;
}

JournalJsonWriter json_of(const UsedInput& input) {
  JournalJsonWriter json;
  json.text("name", input.name).text("uri", input.uri).text("etag", input.etag);
  return json;
}

std::vector<JournalJsonWriter> json_of(const std::vector<UsedInput>& inputs) {
  std::vector<JournalJsonWriter> all;
  all.reserve(inputs.size());
  for (const UsedInput& input : inputs) all.push_back(json_of(input));
  return all;
}

UsedInput input_of(const JournalJson& json) {
  UsedInput input;
  input.name = json.text("name");
  input.uri = json.text("uri");
  input.etag = json.text("etag");
  return input;
}

std::vector<UsedInput> inputs_of(const JournalJson& json) {
  std::vector<UsedInput> inputs;
  for (const JournalJson& input : json.objects("inputs")) inputs.push_back(input_of(input));
  return inputs;
}

PipeIdentity identity_of(const JournalJson& json) {
  PipeIdentity identity;
  identity.program = json.text("program");
  identity.file = json.text("file");
  identity.spec = json.text("spec");
  return identity;
}

/// What each kind of record has, written and read side by side.
class Writer {
 public:
  explicit Writer(JournalJsonWriter& into) : json_(into) {}

  void operator()(const RunBegun& record) const {
    json_.text("record", "begun").time("at", record.at).text("coffer", record.coffer).text("store", record.store);
    json_.text("prefix", record.prefix)
        .text("pipeline_name", record.pipeline_name)
        .text("pipeline", record.pipeline)
        .texts("outputs", record.outputs)
        .flag("overlap", record.overlap)
        .flag("reuse", record.reuse);
    json_.text("keep", to_string(record.keep)).text("work_folder", record.work_folder);
    std::vector<JournalJsonWriter> inputs;
    for (const GivenInput& input : record.inputs) {
      JournalJsonWriter& one = inputs.emplace_back();
      one.text("name", input.name).flag("ingested", input.is_ingested).flag("list", input.is_list);
      one.text("uri", input.uri).text("etag", input.etag);
    }
    json_.objects("inputs", inputs).object("places", json_of(record.places)).object("notes", json_of(record.notes));
  }
  void operator()(const InputStored& record) const {
    json_.text("record", "stored").time("at", record.at).object("object", json_of(record.object));
  }
  void operator()(const CommandStarted& record) const {
    json_.text("record", "started").time("at", record.at).text("pipe", record.pipe).integer("pid", record.pid);
    json_.integer("start_time", record.start_time);
  }
  void operator()(const PipeFinished& record) const {
    json_.text("record", "finished").time("at", record.at).text("pipe", record.pipe);
    write(record.identity);
    json_.objects("inputs", json_of(record.inputs)).objects("outputs", json_of(record.outputs));
  }
  void operator()(const BatchBegun& record) const {
    json_.text("record", "batch").text("pipe", record.pipe);
    write(record.identity);
    json_.objects("inputs", json_of(record.inputs));
  }
  void operator()(const ElementFinished& record) const {
    json_.text("record", "element").text("pipe", record.pipe).integer("index", static_cast<std::int64_t>(record.index));
    json_.object("element", json_of(record.element)).objects("outputs", json_of(record.outputs));
  }
  void operator()(const ContentHashed& record) const {
    json_.text("record", "content").text("uri", record.content.uri).text("etag", record.content.etag);
    json_.integer("size", static_cast<std::int64_t>(record.size)).text("sha256", record.sha256);
  }
  void operator()(const PipeSkipped& record) const {
    json_.text("record", "skipped").time("at", record.at).text("pipe", record.pipe).text("spec", record.spec);
    json_.text("why", record.why).text("absent", record.absent);
    std::vector<JournalJsonWriter> looked_at;
    if (record.looked_at)
      looked_at.emplace_back()
          .text("name", record.looked_at->name)
          .text("uri", record.looked_at->uri)
          .text("etag", record.looked_at->etag);
    json_.objects("looked_at", looked_at);
  }
  void operator()(const PipeAgain& record) const {
    json_.text("record", "again").text("name", record.name).flag("input", record.is_input).text("why", record.why);
  }
  void operator()(const RunFinished& record) const {
    json_.text("record", "run finished").time("at", record.at).objects("outputs", json_of(record.outputs));
  }
  void operator()(const RunTidied& record) const { json_.text("record", "tidied").time("at", record.at); }
  void operator()(const RunFailed& record) const {
    json_.text("record", "run failed").time("at", record.at).text("kind", record.kind).text("message", record.message);
  }
  void operator()(const RunDisposing& record) const {
    json_.text("record", "disposing").time("at", record.at).text("keep", to_string(record.keep));
  }

 private:
  void write(const PipeIdentity& identity) const {
    json_.text("program", identity.program).text("file", identity.file).text("spec", identity.spec);
  }

  JournalJsonWriter& json_;
};

RunBegun read_begun(const JournalJson& json) {
  RunBegun record;
  record.at = json.time("at");
  record.coffer = json.text("coffer");
  record.store = json.find_text("store").value_or("");
  record.prefix = json.text("prefix");
  record.pipeline_name = json.text("pipeline_name");
  record.pipeline = json.text("pipeline");
  record.outputs = json.texts("outputs");
  record.overlap = json.flag("overlap");
  record.reuse = json.find_flag("reuse").value_or(false);
  record.keep = keep_of(json.text("keep"));
  record.work_folder = json.text("work_folder");
  for (const JournalJson& one : json.objects("inputs")) {
    GivenInput& input = record.inputs.emplace_back();
    input.name = one.text("name");
    input.is_ingested = one.flag("ingested");
    input.is_list = one.find_flag("list").value_or(false);
    input.uri = one.text("uri");
    input.etag = one.text("etag");
  }
  record.places = texts_of(json, "places");
  record.notes = texts_of(json, "notes");
  return record;
}

CommandStarted read_started(const JournalJson& json) {
  CommandStarted record;
  record.at = json.time("at");
  record.pipe = json.text("pipe");
  record.pid = json.integer("pid");
  record.start_time = json.integer("start_time");
  return record;
}

PipeFinished read_finished(const JournalJson& json) {
  PipeFinished record;
  record.at = json.time("at");
  record.pipe = json.text("pipe");
  record.identity = identity_of(json);
  record.inputs = inputs_of(json);
  record.outputs = objects_of(json, "outputs");
  return record;
}

ElementFinished read_element(const JournalJson& json) {
  ElementFinished record;
  record.pipe = json.text("pipe");
  record.index = static_cast<std::uint64_t>(json.integer("index"));
  record.element = input_of(json.object("element"));
  record.outputs = objects_of(json, "outputs");
  return record;
}

ContentHashed read_hashed(const JournalJson& json) {
  ContentHashed record;
  record.content.uri = json.text("uri");
  record.content.etag = json.text("etag");
  record.size = static_cast<std::uint64_t>(json.integer("size"));
  record.sha256 = json.text("sha256");
  return record;
}

PipeSkipped read_skipped(const JournalJson& json) {
  PipeSkipped record;
  record.at = json.time("at");
  record.pipe = json.text("pipe");
  record.spec = json.text("spec");
  record.why = json.text("why");
  record.absent = json.text("absent");
  for (const JournalJson& one : json.objects("looked_at"))
    record.looked_at = UsedInput{one.text("name"), one.text("uri"), one.text("etag")};
  return record;
}

JournalRecord read_record(const JournalJson& json) {
  const std::string kind = json.text("record");
  if (kind == "begun") return read_begun(json);
  if (kind == "stored") return InputStored{json.time("at"), object_of(json.object("object"))};
  if (kind == "started") return read_started(json);
  if (kind == "finished") return read_finished(json);
  if (kind == "batch") return BatchBegun{json.text("pipe"), identity_of(json), inputs_of(json)};
  if (kind == "element") return read_element(json);
  if (kind == "content") return read_hashed(json);
  if (kind == "skipped") return read_skipped(json);
  if (kind == "again") return PipeAgain{json.text("name"), json.flag("input"), json.text("why")};
  if (kind == "run finished") return RunFinished{json.time("at"), objects_of(json, "outputs")};
  if (kind == "tidied") return RunTidied{json.time("at")};
  if (kind == "run failed") return RunFailed{json.time("at"), json.text("kind"), json.text("message")};
  if (kind == "disposing") return RunDisposing{json.time("at"), keep_of(json.text("keep"))};
  throw Error(ErrorKind::unsupported, "a record of the kind '" + kind + "' is of a newer Coffer: use that one");
}

}  // namespace

std::string_view to_string(Keep keep) noexcept {
  switch (keep) {
    case Keep::everything:
      return "everything";
    case Keep::outputs:
      return "outputs";
    case Keep::nothing:
      return "nothing";
  }
  return "";
}

std::string encode_record(const JournalRecord& record) {
  JournalJsonWriter json;
  std::visit(Writer(json), record);
  return json.str();
}

Result<JournalRecord> decode_record(std::string json) {
  const Result<JournalJson> parsed = JournalJson::parse(std::move(json));
  if (!parsed) return parsed.error();
  try {
    return read_record(*parsed);
  } catch (const Error& error) {
    return error;
  }
}

}  // namespace coffer
