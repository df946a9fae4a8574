#include <utility>

#include <coffer/conformance/provider_contract.hpp>
#include <gtest/gtest.h>

#include "promise.hpp"

namespace coffer::conformance {
namespace {

class ContractTest : public testing::Test {
 public:
  ContractTest(MakerFactory factory, LoopKind kind, const Promise& promise)
      : factory_(std::move(factory)), kind_(kind), promise_(promise) {}

  void TestBody() override {
    Subject subject(factory_, kind_, promise_.budget);
    promise_.check(subject);
    subject.finish();
  }

 private:
  MakerFactory factory_;
  LoopKind kind_;
  Promise promise_;
};

void add(const std::string& name, const MakerFactory& factory, LoopKind kind, std::span<const Promise> promises,
         const char* file, int line) {
  const std::string suite = name + "Contract_" + to_string(kind);
  for (const Promise& promise : promises) {
    testing::RegisterTest(suite.c_str(), promise.sentence, nullptr, nullptr, file, line,
                          [=]() -> ContractTest* { return new ContractTest(factory, kind, promise); });
  }
}

}  // namespace

bool register_provider_contract(const std::string& name, MakerFactory factory, const char* file, int line) {
  for (const LoopKind kind : all_loop_kinds) {
    for (const auto promises :
         {store_promises(), sink_promises(), readback_promises(), read_promises(), object_promises(),
          condition_promises(), name_promises(), list_promises(), remove_promises(), concurrency_promises()}) {
      add(name, factory, kind, promises, file, line);
    }
  }
  return true;
}

}  // namespace coffer::conformance
