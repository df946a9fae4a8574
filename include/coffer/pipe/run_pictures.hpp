#pragma once

#include <coffer/base/text_parts.hpp>
#include <coffer/pipe/run_recording.hpp>

namespace coffer {

/// A page that draws a run: one HTML file that loads nothing, for light and dark screens. What comes from outside is
/// escaped.
TextParts timeline_html(RunRecording recording);

/// The run as JSON in Chrome's Trace Event Format, for ui.perfetto.dev: a thread for each pipe and ingest, a process
/// for the storage, counters of bytes.
TextParts trace_events(RunRecording recording);

}  // namespace coffer
