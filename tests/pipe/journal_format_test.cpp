#include "pipe/journal_format.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipe/sample_journal.hpp"

namespace coffer {
namespace {

using test::every_record;
using test::header_of;
using test::segment_of;
using testing::HasSubstr;

std::vector<std::string> texts(const JournalContents& contents) {
  std::vector<std::string> all;
  for (const JournalContents::Record& record : contents.records) all.push_back(record.json);
  return all;
}

std::vector<std::string> texts(const std::vector<JournalRecord>& records) {
  std::vector<std::string> all;
  for (const JournalRecord& record : records) all.push_back(encode_record(record));
  return all;
}

bool is_beginning(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

/// Two segments: the first is cut by the second one's header.
std::vector<JournalSegment> two_segments() {
  std::vector<JournalRecord> records = every_record();
  const std::vector<JournalRecord> first(records.begin(), records.begin() + 4);
  const std::vector<JournalRecord> second(records.begin() + 4, records.end());
  std::vector<JournalSegment> segments = {segment_of(header_of(1, 0), first)};
  segments.push_back(segment_of(header_of(2, segments[0].bytes.size()), second));
  return segments;
}

TEST(JournalFormat, what_was_written_is_read) {
  const std::vector<JournalSegment> segments = two_segments();
  const Result<JournalContents> contents = read_journal("x", segments);
  ASSERT_TRUE(contents) << contents.error().what();
  EXPECT_EQ(texts(*contents), texts(every_record()));
  EXPECT_EQ(contents->headers.size(), 2U);
  EXPECT_EQ(contents->headers[1].holder.token, "token2");
  EXPECT_EQ(contents->next_number, 3U);
  EXPECT_EQ(contents->next_after, segments[1].bytes.size());
}

TEST(JournalFormat, a_record_is_one_line_that_a_pager_shows) {
  EXPECT_EQ(journal_frame("{\"a\": 1}"), "00000008 6f4c8c94 {\"a\": 1}\n");
}

TEST(JournalFormat, a_journal_of_nothing_is_empty) {
  const Result<JournalContents> contents = read_journal("x", {});
  ASSERT_TRUE(contents);
  EXPECT_TRUE(contents->records.empty());
  EXPECT_EQ(contents->next_number, 1U);
}

TEST(JournalFormat, the_last_segment_may_be_torn_at_every_byte) {
  const std::vector<JournalSegment> whole = two_segments();
  const std::vector<std::string> all = texts(every_record());
  for (std::size_t size = 0; size <= whole[1].bytes.size(); ++size) {
    std::vector<JournalSegment> segments = whole;
    segments[1].bytes.resize(size);
    const Result<JournalContents> contents = read_journal("x", segments);
    ASSERT_TRUE(contents) << size << ": " << contents.error().what();
    EXPECT_TRUE(is_beginning(texts(*contents), all)) << size;
    EXPECT_GE(contents->records.size(), 4U) << size;
    EXPECT_LE(contents->next_after, size);
    // A next segment takes it up where it is whole.
    segments.push_back(segment_of(header_of(contents->next_number, contents->next_after), {every_record()[0]}));
    const Result<JournalContents> again = read_journal("x", segments);
    ASSERT_TRUE(again) << size << ": " << again.error().what();
    EXPECT_EQ(again->records.size(), contents->records.size() + 1) << size;
  }
}

TEST(JournalFormat, an_earlier_segment_that_is_torn_is_damage_at_every_byte) {
  const std::vector<JournalSegment> whole = two_segments();
  for (std::size_t size = 0; size < whole[0].bytes.size(); ++size) {
    std::vector<JournalSegment> segments = whole;
    segments[0].bytes.resize(size);
    const Result<JournalContents> contents = read_journal("x", segments);
    ASSERT_FALSE(contents) << size;
    EXPECT_EQ(contents.error().kind(), ErrorKind::corrupt);
    EXPECT_THAT(contents.error().message(), HasSubstr("000001.seg at byte "));
  }
}

TEST(JournalFormat, no_flipped_bit_makes_other_records_of_it) {
  const std::vector<JournalSegment> whole = two_segments();
  const std::vector<std::string> all = texts(every_record());
  for (std::size_t which = 0; which < whole.size(); ++which) {
    const std::size_t last = whole[which].bytes.rfind('\n', whole[which].bytes.size() - 2) + 1;
    for (std::size_t bit = 0; bit < whole[which].bytes.size() * 8; ++bit) {
      std::vector<JournalSegment> segments = whole;
      segments[which].bytes[bit / 8] = static_cast<char>(segments[which].bytes[bit / 8] ^ (1U << (bit % 8)));
      const Result<JournalContents> contents = read_journal("x", segments);
      // Only the very last record cannot be told from one that was torn.
      const bool may_be_torn = which == 1 && bit / 8 >= last;
      if (may_be_torn && contents) {
        EXPECT_EQ(contents->records.size(), all.size() - 1) << bit;
        EXPECT_TRUE(is_beginning(texts(*contents), all)) << bit;
        continue;
      }
      ASSERT_FALSE(contents) << which << ", bit " << bit;
      EXPECT_EQ(contents.error().kind(), ErrorKind::corrupt) << which << ", bit " << bit;
      EXPECT_THAT(contents.error().message(), HasSubstr(segment_name(static_cast<std::uint32_t>(which + 1))));
    }
  }
}

TEST(JournalFormat, what_somebody_wrote_who_did_not_hold_the_run_any_more_does_not_count) {
  std::vector<JournalSegment> segments = two_segments();
  segments[0].bytes += journal_frame(encode_record(every_record()[6]));
  const Result<JournalContents> contents = read_journal("x", segments);
  ASSERT_TRUE(contents) << contents.error().what();
  EXPECT_EQ(texts(*contents), texts(every_record()));
}

TEST(JournalFormat, a_segment_that_is_missing_or_of_another_run_is_damage) {
  std::vector<JournalSegment> segments = two_segments();
  const std::vector<JournalSegment> second = {segments[1]};
  EXPECT_EQ(read_journal("x", second).error().message(),
            "the journal of the run x is damaged in its segment 000001.seg at byte 0: it is not there");
  EXPECT_THAT(read_journal("y", segments).error().message(), HasSubstr("it is of the run x"));
  segments[1].number = 3;
  EXPECT_THAT(read_journal("x", segments).error().message(), HasSubstr("000002.seg at byte 0: it is not there"));
  segments = two_segments();
  std::swap(segments[0].bytes, segments[1].bytes);
  EXPECT_THAT(read_journal("x", segments).error().message(), HasSubstr("it is segment 2"));
}

TEST(JournalFormat, a_newer_version_is_refused_in_words) {
  std::vector<JournalSegment> segments = two_segments();
  segments[1].bytes = journal_frame("{\"coffer_journal\": 2, \"what\": \"this one does not know\"}");
  const Result<JournalContents> contents = read_journal("x", segments);
  ASSERT_FALSE(contents);
  EXPECT_EQ(contents.error().kind(), ErrorKind::unsupported);
  EXPECT_EQ(contents.error().message(),
            "the journal of the run x has the format 2 of a newer Coffer, and this one reads 1: use the newer one");
}

}  // namespace
}  // namespace coffer
