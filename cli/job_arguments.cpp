#include "cli/job_arguments.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "cli/list_arguments.hpp"
#include "cli/text.hpp"

namespace coffer::cli {
namespace {

namespace fs = std::filesystem;

struct Assignment {
  std::string name;
  std::string value;
};

Error usage(const std::string& message) { return {ErrorKind::invalid_argument, message}; }

Assignment parse_assignment(const std::string& option, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw usage(option + " “" + printable(text) + "”: write NAME=FILE or NAME=URI");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

template <class Specs>
std::string names_of(const Specs& specs) {
  std::string names;
  for (const auto& spec : specs) names += (names.empty() ? "" : ", ") + spec.name;
  return names.empty() ? "none" : names;
}

template <class Specs>
void check_known(const Specs& specs, const Assignment& given, const std::string& option, const std::string& what) {
  const bool known = std::any_of(specs.begin(), specs.end(), [&](const auto& spec) { return spec.name == given.name; });
  if (known) return;
  throw usage(option + " " + printable(given.name) + ": is no " + what +
              " of the pipeline; it has: " + names_of(specs));
}

/// Where there is no such file and the store has an object of this key, that may be what is meant.
FileArgument file_named(const std::string& name, const std::string& text, const Uri& store) {
  try {
    return FileArgument(text);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found || store.scheme() != "file" || text.starts_with('/')) throw;
    const Uri object = store.join(text);
    std::error_code ignored;
    if (!fs::is_regular_file(object.path(), ignored)) throw;
    throw Error(ErrorKind::not_found, "there is no file “" + printable(text) +
                                          "” here; for the store's object of this key write -i " + name + "=" +
                                          object.text());
  }
}

JobInput parse_input(Assignment given, const Uri& store, FileInputs files) {
  JobInput input;
  input.name = std::move(given.name);
  if (looks_like_uri(given.value)) {
    input.uri = object_named(given.value, store);
    return input;
  }
  FileArgument file = file_named(input.name, given.value, store);
  // What lies in the store is an object already.
  const Uri uri = file.is_regular() ? object_named(file.uri().text(), store) : Uri();
  if (!uri.empty() && (files == FileInputs::read_there || uri.is_below(store))) {
    input.uri = uri;
  } else {
    input.file = std::move(file);
  }
  return input;
}

JobInput parse_list_input(Assignment given, const Uri& store) {
  JobInput input;
  input.name = std::move(given.name);
  input.is_list = true;
  std::string folder = std::move(given.value);
  if (looks_like_uri(folder)) {
    input.uri = prefix_named(folder, store);
    std::error_code ignored;
    const bool is_folder = input.uri.scheme() == "file" && fs::is_directory(input.uri.path(), ignored);
    if (is_folder && !input.uri.path().ends_with('/')) input.uri = input.uri.join("");
    if (input.uri.scheme() != "file" || input.uri.is_below(store)) return input;
    folder = std::exchange(input.uri, Uri()).path();
  }
  input.elements = files_of_list(folder);
  input.folder = Uri::of_file((fs::absolute(folder) / "").lexically_normal().native()).value();
  return input;
}

JobOutput parse_output(Assignment given, const Uri& store) {
  JobOutput output;
  output.name = std::move(given.name);
  std::string path = std::move(given.value);
  if (looks_like_uri(path)) {
    output.uri = object_named(path, store);
    if (output.uri.scheme() != "file" || output.uri.is_below(store)) return output;
    path = std::exchange(output.uri, Uri()).path();
  }
  output.file.emplace(path, output.name, true);
  const fs::path folder = output.file->path().parent_path();
  if (output.file->is_standard() || fs::is_directory(folder)) return output;
  throw Error(ErrorKind::not_found,
              "-o " + output.name + ": there is no folder " + printable(folder.native()) + "; make it first");
}

void check_is_folder(const JobOutput& output) {
  std::error_code ignored;  // Made later, where what goes wrong is told.
  if (output.folder.empty() || !fs::exists(output.folder, ignored) || fs::is_directory(output.folder, ignored)) return;
  throw usage("-o " + output.name + ": " + printable(output.folder.native()) +
              " is a file, and the output is a list: name a folder");
}

JobOutput parse_list_output(Assignment given, const Uri& store) {
  JobOutput output;
  output.name = std::move(given.name);
  if (!looks_like_uri(given.value)) {
    output.folder = fs::absolute(given.value).lexically_normal();
    check_is_folder(output);
    return output;
  }
  output.uri = object_named(given.value, store);
  if (output.uri.scheme() == "file" && !output.uri.is_below(store))
    output.folder = std::exchange(output.uri, Uri()).path();
  check_is_folder(output);
  return output;
}

/// Whether the second would be written over the first.
bool are_one_file(const JobOutput& a, const JobOutput& b) {
  if (!a.file || !b.file || a.file->is_standard()) return false;
  const bool same = a.file->path().lexically_normal() == b.file->path().lexically_normal();
  return same && (!fs::exists(a.file->path()) || fs::is_regular_file(a.file->path()));
}

}  // namespace

bool is_standard_output(const JobOutput& output) { return output.file && output.file->is_standard(); }

std::vector<JobInput> parse_inputs(const PipelineJob& job, const Uri& store) {
  std::vector<JobInput> inputs;
  for (const std::string& text : job.inputs) {
    Assignment given = parse_assignment("-i", text);
    check_known(job.pipeline.inputs(), given, "-i", "input");
    for (const JobInput& other : inputs) {
      if (other.name == given.name) throw usage("-i " + given.name + ": is given twice");
    }
    inputs.push_back(job.pipeline.is_list(given.name) ? parse_list_input(std::move(given), store)
                                                      : parse_input(std::move(given), store, job.files));
  }
  const auto is_standard = [](const JobInput& input) { return input.file && input.file->is_standard(); };
  if (std::count_if(inputs.begin(), inputs.end(), is_standard) > 1) {
    throw usage("-i: only one input can be standard input");
  }
  for (const InputSpec& wanted : job.pipeline.inputs()) {
    if (job.may_have_begun) break;
    const bool given =
        std::any_of(inputs.begin(), inputs.end(), [&](const JobInput& i) { return i.name == wanted.name; });
    if (given) continue;
    throw usage("the input " + wanted.name + " is missing: give it with -i " + wanted.name +
                (wanted.is_list ? "=FOLDER/" : "=FILE"));
  }
  return inputs;
}

std::vector<JobOutput> parse_outputs(const PipelineJob& job, const Uri& store) {
  std::vector<JobOutput> outputs;
  for (const std::string& text : job.outputs) {
    Assignment given = parse_assignment("-o", text);
    check_known(job.pipeline.outputs(), given, "-o", "output");
    for (const JobOutput& other : outputs) {
      if (other.name == given.name) throw usage("-o " + given.name + ": is given twice");
    }
    JobOutput output = job.pipeline.is_list(given.name) ? parse_list_output(std::move(given), store)
                                                        : parse_output(std::move(given), store);
    for (const JobOutput& other : outputs) {
      if (are_one_file(output, other))
        throw usage("-o: " + other.name + " and " + output.name + " are to be one file, " +
                    printable(output.file->path().native()));
    }
    outputs.push_back(std::move(output));
  }
  if (std::ranges::count_if(outputs, is_standard_output) > 1) {
    throw usage("-o: only one output can be standard output");
  }
  return outputs;
}

}  // namespace coffer::cli
