#include "pipe/run_history.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipe/resume_plan.hpp"
#include "pipe/sample_journal.hpp"

namespace coffer {
namespace {

using test::at_second;
using test::every_record;
using test::header_of;
using test::run_object;
using test::segment_of;
using testing::AllOf;
using testing::HasSubstr;

RunHistory history_of(const std::vector<JournalRecord>& records) {
  const std::vector<JournalSegment> segments = {segment_of(header_of(1, 0), records)};
  Result<RunHistory> history = replay_journal("x", segments, Uri("file:///store"));
  EXPECT_TRUE(history) << history.error().what();
  return history ? std::move(*history) : RunHistory();
}

TEST(JournalRecords, every_kind_says_the_same_when_it_is_read_and_written_again) {
  for (const JournalRecord& record : every_record()) {
    const std::string text = encode_record(record);
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    const Result<JournalRecord> again = decode_record(text);
    ASSERT_TRUE(again) << text << ": " << again.error().what();
    EXPECT_EQ(encode_record(*again), text);
    EXPECT_EQ(again->index(), record.index());
  }
}

TEST(JournalRecords, contents_of_any_bytes_come_back) {
  const auto finished = std::get<PipeFinished>(decode_record(encode_record(every_record()[3])).value());
  EXPECT_EQ(finished.outputs[1].content, std::string("\0\xff bytes\n", 9));
  EXPECT_TRUE(finished.outputs[1].stored.uri.empty());
  EXPECT_FALSE(finished.outputs[0].content);
}

TEST(JournalRecords, text_that_is_no_utf8_is_still_json) {
  const std::string text = encode_record(RunFailed{at_second(0), "io", "a\xff\x80z"});
  ASSERT_TRUE(decode_record(text)) << text;
  EXPECT_THAT(text, HasSubstr("a\xEF\xBF\xBD\xEF\xBF\xBDz"));
}

TEST(JournalRecords, what_is_missing_or_not_known_is_said) {
  EXPECT_THAT(decode_record("{\"record\": \"started\", \"at\": 1, \"pipe\": \"a\"}").error().message(),
              HasSubstr("'pid' is missing"));
  EXPECT_THAT(decode_record("{\"record\": \"finished\", \"at\": \"now\"}").error().message(), HasSubstr("'at'"));
  EXPECT_EQ(decode_record("{\"record\": \"levitated\"}").error().kind(), ErrorKind::unsupported);
  EXPECT_EQ(decode_record("[]").error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(
      decode_record("{\"record\": \"disposing\", \"at\": 99999999999999999, \"keep\": \"nothing\"}").error().message(),
      HasSubstr("is no time"));
}

TEST(RunHistory, is_what_the_records_come_to) {
  std::vector<JournalRecord> records = every_record();
  const std::vector<JournalRecord> first(records.begin(), records.begin() + 4);
  const RunHistory history = history_of(first);
  EXPECT_EQ(history.run, "x");
  EXPECT_EQ(history.begun->pipeline_name, "loud");
  EXPECT_EQ(history.first_begun, at_second(0));
  EXPECT_EQ(history.last_change, at_second(3));
  EXPECT_EQ(history.stored.at("text").object.stored.etag, "etag of text");
  EXPECT_EQ(history.finished.at("shout").identity.program, "/usr/bin/tr");
  ASSERT_EQ(history.started.size(), 1U);
  EXPECT_EQ(history.started[0].pid, 4711);
  EXPECT_FALSE(history.completed || history.failed || history.disposing);
  EXPECT_EQ(history.holders.size(), 1U);
  EXPECT_THAT(history.work_folders, testing::ElementsAre("/tmp/coffer-x"));
}

TEST(RunHistory, what_is_done_again_counts_no_more) {
  std::vector<JournalRecord> records = every_record();
  records.resize(4);
  records.emplace_back(PipeAgain{"shout", false, "changed"});
  EXPECT_TRUE(history_of(records).finished.empty());
  EXPECT_EQ(history_of(records).stored.size(), 1U);
  records.emplace_back(PipeAgain{"text", true, "is gone"});
  EXPECT_TRUE(history_of(records).stored.empty());
}

TEST(RunHistory, a_failure_is_over_once_the_run_is_resumed) {
  std::vector<JournalRecord> records = {every_record()[0], every_record()[5]};
  EXPECT_EQ(history_of(records).failed->message, "the pipe 'shout' failed");
  RunBegun again = std::get<RunBegun>(every_record()[0]);
  again.at = at_second(60);
  records.emplace_back(again);
  const RunHistory history = history_of(records);
  EXPECT_FALSE(history.failed);
  EXPECT_EQ(history.first_begun, at_second(0));
  EXPECT_EQ(history.begun->at, at_second(60));
}

TEST(RunHistory, tidying_changes_nothing_of_the_run) {
  RunTidied tidied;
  tidied.at = at_second(60);
  const RunHistory before = history_of({every_record()[0], every_record()[6]});
  const RunHistory history = history_of({every_record()[0], every_record()[6], tidied});
  EXPECT_FALSE(before.is_tidied);
  EXPECT_TRUE(history.is_tidied);
  EXPECT_EQ(history.last_change, before.last_change);
}

/// All URIs of a history that lie in a store.
std::string all_uris(const RunHistory& history) {
  std::string all;
  for (const std::string& uri : uris_of(history)) all += uri + " ";
  for (const GivenInput& input : history.begun->inputs) all += input.uri + " ";
  for (const auto& [name, uri] : history.begun->places) all += uri + " ";
  for (const auto& [pipe, finished] : history.finished) {
    for (const UsedInput& input : finished.inputs) all += input.uri + " ";
  }
  for (const auto& [pipe, skipped] : history.skipped) {
    if (skipped.looked_at) all += skipped.looked_at->uri + " ";
  }
  for (const auto& [pipe, batch] : history.batches) {
    for (const UsedInput& input : batch.begun.inputs) all += input.uri + " ";
    for (const auto& [index, element] : batch.elements) all += element.element.uri + " ";
  }
  for (const auto& [content, hashed] : history.hashed) all += hashed.content.uri + " ";
  if (history.completed) all += history.completed->outputs.at(0).stored.uri.text();
  return all;
}

TEST(RunHistory, calls_what_lies_in_the_store_as_that_is_called_now) {
  std::vector<JournalRecord> records = every_record();
  std::erase_if(records, [](const JournalRecord& record) { return std::holds_alternative<PipeAgain>(record); });
  const std::string as_it_was = all_uris(history_of(records));
  EXPECT_THAT(as_it_was, AllOf(HasSubstr("file:///store/x/loud"), HasSubstr("file:///home/a.txt")));
  const std::vector<JournalSegment> segments = {segment_of(header_of(1, 0), records)};
  const Result<RunHistory> moved = replay_journal("x", segments, Uri("file:///moved/to%20here"));
  ASSERT_TRUE(moved) << moved.error().what();
  std::string expected = as_it_was;
  for (std::size_t at = 0; (at = expected.find("/store/", at)) != std::string::npos;)
    expected.replace(at, 7, "/moved/to%20here/");
  EXPECT_EQ(all_uris(*moved), expected);
}

TEST(RunHistory, of_a_run_that_went_on_elsewhere_has_one_name_for_each_object) {
  RunBegun here = std::get<RunBegun>(every_record()[0]);
  RunBegun elsewhere = here;
  elsewhere.store = "file:///link";
  InputStored by_link{at_second(1), run_object("text")};
  by_link.object.stored.uri = Uri("file:///link/x/text");
  const std::vector<JournalSegment> segments = {
      segment_of(header_of(1, 0), {elsewhere, by_link, here, every_record()[3]})};
  for (const std::string store : {"file:///store", "file:///link"}) {
    const RunHistory history = replay_journal("x", segments, Uri(store)).value();
    EXPECT_EQ(history.stored.at("text").object.stored.uri.text(), store + "/x/text");
    EXPECT_EQ(history.finished.at("shout").inputs.at(0).uri, store + "/x/text");
  }
}

TEST(RunHistory, of_an_older_journal_keeps_the_names_that_it_has) {
  RunBegun begun = std::get<RunBegun>(every_record()[0]);
  begun.store.clear();
  const std::vector<JournalSegment> segments = {segment_of(header_of(1, 0), {begun, every_record()[1]})};
  const RunHistory history = replay_journal("x", segments, Uri("file:///moved")).value();
  EXPECT_EQ(history.stored.at("text").object.stored.uri.text(), "file:///store/x/text");
}

TEST(RunHistory, a_record_that_cannot_be_read_is_named_by_its_place) {
  JournalSegment segment = segment_of(header_of(1, 0), {});
  const std::size_t offset = segment.bytes.size();
  segment.bytes += journal_frame("{\"record\": \"begun\"}");
  const std::vector<JournalSegment> segments = {segment};
  const Result<RunHistory> history = replay_journal("x", segments, Uri("file:///store"));
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().kind(), ErrorKind::corrupt);
  EXPECT_THAT(history.error().message(), HasSubstr("000001.seg at byte " + std::to_string(offset)));
  EXPECT_THAT(history.error().message(), HasSubstr("the run x "));
}

}  // namespace
}  // namespace coffer
