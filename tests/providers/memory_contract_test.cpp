#include <coffer/conformance/provider_contract.hpp>
#include <coffer/providers/memory.hpp>

namespace coffer {
namespace {

struct MemoryMaker {
  ProviderPtr make(Runtime& runtime) { return make_memory_provider(runtime); }
};

COFFER_INSTANTIATE_PROVIDER_CONTRACT(Memory, MemoryMaker);

}  // namespace
}  // namespace coffer
