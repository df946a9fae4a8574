#pragma once

#include <coffer/pipe/pipeline.hpp>

#include "pipe/findings.hpp"
#include "pipe/name_index.hpp"

namespace coffer {

/// " (line 3, column 5)", for the other place of two; nothing where it is not known.
std::string also_at(SourcePlace place);

/// Whether of the pipes that write one name at most one ever runs, and whether they agree on what it is.
void check_alternatives(const Pipeline& pipeline, const NameUse& use, Findings& findings);
/// Whether a pipe's conditions can be looked at.
void check_conditions(const NameIndex& names, const PipeSpec& pipe, Findings& findings);

}  // namespace coffer
