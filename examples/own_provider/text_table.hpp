#pragma once

#include <coffer/storage/provider.hpp>

/// A store that keeps its objects in a std::map, at `table:///`: for texts that a program has in memory anyway
/// (prompts, settings), so that pipes can read and write them by URI. Objects are whole in memory: nothing for videos.
coffer::ProviderPtr make_text_table(coffer::Runtime& runtime);
