#pragma once

#include <functional>
#include <memory>
#include <string>

#include <coffer/async/runtime.hpp>
#include <coffer/storage/provider.hpp>

namespace coffer::conformance {

/// Makes the store that the contract is checked on: a new one for each test, empty and writable. What it has to clean
/// up (a folder, a bucket) its destructor does, which comes after the store's and the Runtime's.
class ProviderMaker {
 public:
  ProviderMaker() = default;
  ProviderMaker(const ProviderMaker&) = delete;
  ProviderMaker& operator=(const ProviderMaker&) = delete;
  virtual ~ProviderMaker() = default;
  /// Called once, with the Runtime of the test.
  virtual ProviderPtr make(Runtime& runtime) = 0;
};

/// Makes a maker for each test.
using MakerFactory = std::function<std::unique_ptr<ProviderMaker>()>;

/// Adds a GoogleTest case for each promise that StorageProvider makes, on each kind of loop that a Runtime can run on:
/// `<name>Contract_<loop>.<promise>`. Called before the tests run. Besides what the calls promise, streams must give
/// others on their thread a turn now and then, also where they never have to wait
/// (`co_await boost::asio::post(boost::asio::deferred)`), or they could not be cancelled. What a store says that it
/// cannot (Capabilities) is asked to be refused. `file` and `line` are where a failing test says it was made.
bool register_provider_contract(const std::string& name, MakerFactory factory, const char* file, int line);

/// For any default-constructible type that has `ProviderPtr make(Runtime&)`.
template <class Maker>
MakerFactory factory_of() {
  class Adapter final : public ProviderMaker {
   public:
    ProviderPtr make(Runtime& runtime) override { return maker_.make(runtime); }

   private:
    Maker maker_;
  };
  return [] { return std::make_unique<Adapter>(); };
}

}  // namespace coffer::conformance

/// In a .cpp file of a test program, outside of functions:
///
///     struct ShelfMaker {
///       coffer::ProviderPtr make(coffer::Runtime& runtime) { return make_shelf(runtime); }
///     };
///     COFFER_INSTANTIATE_PROVIDER_CONTRACT(Shelf, ShelfMaker);
#define COFFER_INSTANTIATE_PROVIDER_CONTRACT(Name, Maker)                                                            \
  [[maybe_unused]] static const bool coffer_provider_contract_of_##Name =                                            \
      ::coffer::conformance::register_provider_contract(#Name, ::coffer::conformance::factory_of<Maker>(), __FILE__, \
                                                        __LINE__)
