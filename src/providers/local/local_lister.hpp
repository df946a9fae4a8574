#pragma once

#include <memory>
#include <string>

#include <coffer/storage/lister.hpp>
#include <coffer/storage/options.hpp>

#include "providers/local/local_store.hpp"

namespace coffer {

ListerPtr make_local_lister(std::shared_ptr<LocalStore> store, std::string prefix, ListOptions options);

}  // namespace coffer
