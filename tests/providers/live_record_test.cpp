#include "providers/local/live_record.hpp"

#include <string>

#include <gtest/gtest.h>

namespace coffer {
namespace {

LiveRecord sample() {
  LiveRecord record;
  record.key = "talks/one.mp4";
  record.file = "0123456789abcdef";
  record.content_type = "video/mp4";
  record.begun_ns = 1'700'000'000'123'456'789;
  return record;
}

LiveProgress some_way() {
  LiveProgress progress;
  progress.state = LiveState::committed;
  progress.written_to = 0x0123456789abcdef;
  return progress;
}

std::string progress_part(const std::string& bytes) { return bytes.substr(live_progress_offset, live_progress_size); }

TEST(LiveRecord, what_is_written_is_read_back) {
  const std::string bytes = encode_live(sample(), some_way());
  const auto record = decode_live(bytes);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->key, sample().key);
  EXPECT_EQ(record->file, sample().file);
  EXPECT_EQ(record->content_type, sample().content_type);
  EXPECT_EQ(record->begun_ns, sample().begun_ns);
  const auto progress = decode_live_progress(progress_part(bytes));
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->state, LiveState::committed);
  EXPECT_EQ(progress->written_to, some_way().written_to);
}

TEST(LiveRecord, its_bytes_are_those_of_the_document) {
  LiveRecord record;
  record.key = "k";
  record.file = "0a";
  record.content_type = "a/b";
  record.begun_ns = 1;
  LiveProgress progress;
  progress.written_to = 5;
  const std::string bytes = encode_live(record, progress);
  EXPECT_EQ(bytes.substr(0, 17), std::string("cofl\x01\0\0\0\x05\0\0\0\0\0\0\0\0", 17));
  EXPECT_EQ(bytes.substr(21, 20), std::string("\x01\0\0\0\0\0\0\0\x02\0"
                                              "0a\x03\0"
                                              "a/b\x01\0"
                                              "k",
                                              20));
  EXPECT_EQ(bytes.size(), 45U);
}

TEST(LiveRecord, the_progress_may_change_and_the_record_stays_the_same) {
  std::string bytes = encode_live(sample(), LiveProgress());
  bytes.replace(live_progress_offset, live_progress_size, encode_live_progress(some_way()));
  EXPECT_EQ(bytes, encode_live(sample(), some_way()));
}

TEST(LiveRecord, a_part_of_one_is_none) {
  const std::string bytes = encode_live(sample(), LiveProgress());
  for (std::size_t length = 0; length < bytes.size(); ++length) EXPECT_FALSE(decode_live(bytes.substr(0, length)));
  EXPECT_FALSE(decode_live(bytes + '\0'));
  const std::string progress = progress_part(bytes);
  for (std::size_t length = 0; length < progress.size(); ++length)
    EXPECT_FALSE(decode_live_progress(progress.substr(0, length)));
}

TEST(LiveRecord, a_changed_bit_is_seen) {
  const std::string bytes = encode_live(sample(), some_way());
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const bool in_progress = bit / 8 >= live_progress_offset && bit / 8 < live_progress_offset + live_progress_size;
    EXPECT_EQ(decode_live(changed).has_value(), in_progress) << "bit " << bit;
    EXPECT_EQ(decode_live_progress(progress_part(changed)).has_value(), !in_progress) << "bit " << bit;
  }
}

TEST(LiveRecord, a_progress_that_was_half_overwritten_is_seen) {
  LiveProgress before;
  before.written_to = 0x00ffffff;
  LiveProgress after;
  after.written_to = 0x01000000;
  const std::string old_bytes = encode_live_progress(before);
  const std::string new_bytes = encode_live_progress(after);
  for (std::size_t cut = 1; cut < 4; ++cut) {
    EXPECT_FALSE(decode_live_progress(new_bytes.substr(0, cut) + old_bytes.substr(cut))) << cut;
  }
}

TEST(LiveRecord, the_file_it_names_lies_in_the_folder_for_temporary_files) {
  for (const char* name : {"", "..", "../../etc/passwd", "a/b", "/etc/passwd", "ABC", "x", "a b"}) {
    LiveRecord record = sample();
    record.file = name;
    EXPECT_FALSE(decode_live(encode_live(record, LiveProgress()))) << name;
  }
}

TEST(LiveRecord, the_longest_one_is_read_at_once) {
  LiveRecord record;
  record.key = std::string(4095, 'k');
  record.file = std::string(64, 'a');
  record.content_type = std::string(255, 't');
  const std::string bytes = encode_live(record, LiveProgress());
  EXPECT_LE(bytes.size(), longest_live_record);
  EXPECT_TRUE(decode_live(bytes));
}

TEST(LiveRecord, the_records_of_a_key_share_the_beginning_of_their_names) {
  EXPECT_EQ(live_prefix("123456789"), "e3069283-");
  EXPECT_NE(live_prefix("a"), live_prefix("b"));
}

}  // namespace
}  // namespace coffer
