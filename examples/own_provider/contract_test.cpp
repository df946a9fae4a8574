#include <coffer/conformance/provider_contract.hpp>

#include "text_table.hpp"

struct TextTableMaker {
  coffer::ProviderPtr make(coffer::Runtime& runtime) { return make_text_table(runtime); }
};

COFFER_INSTANTIATE_PROVIDER_CONTRACT(TextTable, TextTableMaker);
