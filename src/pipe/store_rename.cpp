#include "pipe/store_rename.hpp"

#include <utility>
#include <variant>

namespace coffer {
namespace {

/// Renames where it is.
class Renaming {
 public:
  explicit Renaming(const StoreRename& rename) : rename_(rename) {}

  void operator()(RunBegun& record) const {
    for (GivenInput& input : record.inputs) change(input.uri);
    for (auto& [name, uri] : record.places) change(uri);
  }
  void operator()(InputStored& record) const { change(record.object); }
  void operator()(BatchBegun& record) const { change(record.inputs); }
  void operator()(ElementFinished& record) const {
    change(record.element.uri);
    change(record.outputs);
  }
  void operator()(PipeFinished& record) const {
    change(record.inputs);
    change(record.outputs);
  }
  void operator()(PipeSkipped& record) const {
    if (record.looked_at) change(record.looked_at->uri);
  }
  void operator()(ContentHashed& record) const { change(record.content.uri); }
  void operator()(RunFinished& record) const { change(record.outputs); }
  // These name no object.
  void operator()(const CommandStarted& /*record*/) const {}
  void operator()(const PipeAgain& /*record*/) const {}
  void operator()(const RunTidied& /*record*/) const {}
  void operator()(const RunFailed& /*record*/) const {}
  void operator()(const RunDisposing& /*record*/) const {}

 private:
  void change(std::string& uri) const { uri = rename_.apply(std::move(uri)); }
  void change(RunObject& object) const { object.stored.uri = rename_.apply(std::move(object.stored.uri)); }
  void change(std::vector<UsedInput>& inputs) const {
    for (UsedInput& input : inputs) change(input.uri);
  }
  void change(std::vector<RunObject>& objects) const {
    for (RunObject& object : objects) change(object);
  }

  const StoreRename& rename_;
};

}  // namespace

Uri StoreRename::apply(Uri uri) const {
  if (!uri.is_below(then)) return uri;
  return now.join(uri.key_below(then));
}

std::string StoreRename::apply(std::string uri) const {
  const Result<Uri> parsed = Uri::parse(uri);
  if (!parsed || !parsed->is_below(then)) return uri;
  return apply(*parsed).text();
}

void StoreRename::apply(JournalRecord& record) const { std::visit(Renaming(*this), record); }

void StoreRename::apply(std::vector<ListElement>& elements) const {
  for (ListElement& element : elements) element.stored.uri = apply(std::move(element.stored.uri));
}

}  // namespace coffer
