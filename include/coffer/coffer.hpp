#pragma once

// What a program needs to store and load: a Runtime, a Storage opened by its URI, streams, errors. Not in it: pipelines
// (<coffer/pipe/executor.hpp>, <coffer/pipe/typed_pipe.hpp>), what became of their runs (<coffer/pipe/runs.hpp>,
// <coffer/pipe/run_recorder.hpp>), structs as Kajson (<coffer/codec/kajson.hpp>), providers of one's own and single
// stores (<coffer/storage/provider.hpp>, <coffer/providers/...>).
#include <coffer/app/open_storage.hpp>
#include <coffer/async/runtime.hpp>
#include <coffer/async/with_deadline.hpp>
#include <coffer/base/byte_range.hpp>
#include <coffer/base/byte_size.hpp>
#include <coffer/base/error.hpp>
#include <coffer/base/literals.hpp>
#include <coffer/base/object_info.hpp>
#include <coffer/base/uri.hpp>
#include <coffer/base/version.hpp>
#include <coffer/storage/live_object.hpp>
#include <coffer/storage/storage.hpp>
#include <coffer/stream/memory_source.hpp>
#include <coffer/stream/pump.hpp>
