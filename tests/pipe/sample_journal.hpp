#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "pipe/journal_format.hpp"
#include "pipe/journal_records.hpp"

namespace coffer::test {

inline JournalTime at_second(int second) { return JournalTime(std::chrono::seconds(1'764'000'000 + second)); }

inline RunObject run_object(const std::string& name) {
  RunObject object;
  object.name = name;
  object.stored.uri = Uri("file:///store/x/" + name);
  object.stored.size = 12;
  object.stored.crc32c = 0x00c0ffee;
  object.stored.etag = "etag of " + name;
  object.stored.content_type = "text/plain";
  return object;
}

/// One record of each kind, with every member set.
inline std::vector<JournalRecord> every_record() {
  RunBegun begun;
  begun.at = at_second(0);
  begun.coffer = "0.1.0";
  begun.store = "file:///store";
  begun.prefix = "x/";
  begun.pipeline_name = "loud";
  begun.pipeline = "{\"coffer_pipeline\": 1,\n \"quotes\": \"\\\"\"}";
  begun.outputs = {"loud", "inside"};
  begun.overlap = false;
  begun.reuse = true;
  begun.keep = Keep::everything;
  begun.work_folder = "/tmp/coffer-x";
  begun.inputs = {{"text", true, "file:///home/a.txt", "1-2-3"},
                  {"video", false, "file:///store/v.mp4", "e"},
                  {"frames", false, "file:///home/frames/", "3-4-5", true}};
  begun.places = {{"loud", "file:///store/loud.txt"}};
  begun.notes = {{"file loud", "file:///home/loud.txt"}};
  PipeFinished finished;
  finished.at = at_second(3);
  finished.pipe = "shout";
  finished.identity = {"/usr/bin/tr", "8:1:55:66", "{\"command\": [\"tr\"]}"};
  finished.inputs = {{"text", "file:///store/x/text", "etag of text"}, {"short", "", "inside"}};
  finished.outputs = {run_object("loud"), run_object("inside")};
  finished.outputs.back().stored.uri = Uri();
  finished.outputs.back().content = std::string("\0\xff bytes\n", 9);
  return {begun,
          InputStored{at_second(1), run_object("text")},
          CommandStarted{at_second(2), "shout", 4711, 123'456},
          finished,
          PipeAgain{"shout", false, "its arguments have changed"},
          RunFailed{at_second(4), "pipe_failed", "the pipe 'shout' failed"},
          RunFinished{at_second(5), {run_object("loud")}},
          RunDisposing{at_second(6), Keep::outputs},
          RunTidied{at_second(5)},
          BatchBegun{"each", finished.identity, finished.inputs},
          ElementFinished{"each", 7, {"item", "file:///store/x/item", "etag"}, {run_object("made")}},
          ContentHashed{{"file:///store/x/text", "etag of text"}, 12, std::string(64, 'a')},
          PipeSkipped{at_second(3), "louden", "{\"command\": [\"cat\"]}", "loud is 'a'",
                      UsedInput{"loud", "file:///store/x/loud", "etag of loud"}, ""},
          PipeSkipped{at_second(3), "send", "{}", "louder is absent", std::nullopt, "louder"}};
}

inline SegmentHeader header_of(std::uint32_t number, std::uint64_t after) {
  SegmentHeader header;
  header.run = "x";
  header.number = number;
  header.after = after;
  header.holder.token = "token" + std::to_string(number);
  header.holder.pid = 17;
  header.holder.host = "host";
  header.holder.boot = "boot";
  header.holder.since = at_second(0);
  return header;
}

/// A segment with these records behind its header.
inline JournalSegment segment_of(const SegmentHeader& header, const std::vector<JournalRecord>& records) {
  JournalSegment segment;
  segment.number = header.number;
  segment.bytes = segment_header(header);
  for (const JournalRecord& record : records) segment.bytes += journal_frame(encode_record(record));
  return segment;
}

}  // namespace coffer::test
