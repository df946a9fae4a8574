#include <string>

#include <gtest/gtest.h>

#include "providers/local/attribute_record.hpp"
#include "providers/local/file_standing.hpp"
#include "providers/local/paths.hpp"

namespace coffer {
namespace {

AttributeRecord sample_record() {
  AttributeRecord record;
  record.size = 0x0102030405060708U;
  record.modified_ns = -1'234'567'890;
  record.crc32c = 0xe3069283U;
  record.etag = 0xfedcba9876543210U;
  record.content_type = "video/mp4";
  record.metadata["camera"] = "left";
  record.metadata["empty"] = "";
  return record;
}

TEST(AttributeRecord, what_was_encoded_is_decoded) {
  const AttributeRecord record = sample_record();
  const std::optional<AttributeRecord> decoded = decode_record(encode_record(record));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->size, record.size);
  EXPECT_EQ(decoded->modified_ns, record.modified_ns);
  EXPECT_EQ(decoded->crc32c, record.crc32c);
  EXPECT_EQ(decoded->etag, record.etag);
  EXPECT_EQ(decoded->content_type, record.content_type);
  EXPECT_EQ(decoded->metadata, record.metadata);
}

// The bytes are a promise to later versions and to other programs: docs/local_store.md shows the same ones.
TEST(AttributeRecord, its_bytes_are_those_of_the_document) {
  AttributeRecord record;
  record.size = 5;
  record.modified_ns = 1;
  record.crc32c = 0xe3069283U;
  record.etag = 0x1122334455667788U;
  record.content_type = "a/b";
  record.metadata["k"] = "v";
  const std::string bytes = encode_record(record);
  std::string hex;
  for (const char c : bytes.substr(0, bytes.size() - 4)) {
    constexpr std::string_view digits = "0123456789abcdef";
    hex += digits[static_cast<unsigned char>(c) >> 4U];
    hex += digits[static_cast<unsigned char>(c) & 0xfU];
  }
  EXPECT_EQ(hex,
            "636f6672"          // "cofr"
            "01"                // version
            "0500000000000000"  // size
            "0100000000000000"  // mtime
            "839206e3"          // CRC-32C
            "8877665544332211"  // etag
            "0300612f62"        // content type
            "0100"              // entries
            "01006b"
            "010076");
}

TEST(AttributeRecord, any_damage_makes_it_no_record) {
  const std::string bytes = encode_record(sample_record());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x20);
    EXPECT_FALSE(decode_record(damaged)) << "byte " << i;
    EXPECT_FALSE(decode_record(bytes.substr(0, i))) << "cut at " << i;
  }
  EXPECT_FALSE(decode_record(bytes + "x"));
}

TEST(AttributeRecord, more_than_a_file_system_keeps_is_refused_before_anything_is_written) {
  Metadata metadata;
  metadata["k"] = std::string(2047, 'v');
  EXPECT_TRUE(check_record_fits("text/plain", metadata));
  metadata["k"] += "v";
  const Result<void> too_much = check_record_fits("text/plain", metadata);
  ASSERT_FALSE(too_much);
  EXPECT_EQ(too_much.error().kind(), ErrorKind::too_large);
  EXPECT_NE(too_much.error().message().find("2049 bytes"), std::string::npos);

  Metadata many;
  for (int i = 0; i < 600; ++i) many[std::to_string(1000 + i).substr(1)] = "";
  EXPECT_EQ(check_record_fits("", many).error().kind(), ErrorKind::too_large);

  const std::string long_type(256, 't');
  EXPECT_EQ(check_record_fits(long_type, Metadata()).error().kind(), ErrorKind::too_large);
  Metadata nameless;
  nameless[""] = "v";
  EXPECT_EQ(check_record_fits("", nameless).error().kind(), ErrorKind::invalid_argument);
}

TEST(FileStanding, the_mtime_tells_who_changed_a_file) {
  FileFacts facts;
  facts.size = 10;
  facts.modified_ns = 100;
  AttributeRecord record;
  record.size = 10;
  record.modified_ns = 100;
  EXPECT_EQ(standing_of(facts, record), Standing::intact);
  EXPECT_EQ(standing_of(facts, std::nullopt), Standing::unverified);
  facts.size = 9;
  EXPECT_EQ(standing_of(facts, record), Standing::resized);
  facts.modified_ns = 101;
  EXPECT_EQ(standing_of(facts, record), Standing::changed_outside);
}

TEST(FileStanding, a_record_that_no_longer_applies_gives_neither_checksum_nor_etag) {
  FileFacts facts;
  facts.size = 10;
  facts.modified_ns = 100;
  AttributeRecord record;
  record.size = 10;
  record.modified_ns = 100;
  record.content_type = "text/x-odd";
  const std::string attribute = encode_record(record);
  const FileObject intact = describe_file(Uri("file:///s/a.mp4"), facts, attribute);
  facts.modified_ns = 101;
  const FileObject changed = describe_file(Uri("file:///s/a.mp4"), facts, attribute);
  EXPECT_TRUE(intact.info.crc32c);
  EXPECT_FALSE(changed.info.crc32c);
  EXPECT_NE(intact.info.etag, changed.info.etag);
  EXPECT_EQ(changed.info.content_type, "text/x-odd");
  EXPECT_EQ(changed.info.integrity, Integrity::changed_outside);
  const FileObject bare = describe_file(Uri("file:///s/a.mp4"), facts, "");
  EXPECT_EQ(bare.info.content_type, "video/mp4");
  EXPECT_EQ(bare.info.integrity, Integrity::unverified);
}

TEST(LocalPaths, a_key_is_a_folder_and_a_name) {
  const KeyPlace deep = place_of_key("a/b c/d.mp4").value();
  EXPECT_EQ(deep.folder, "a/b c");
  EXPECT_EQ(deep.name, "d.mp4");
  const KeyPlace top = place_of_key("d.mp4").value();
  EXPECT_EQ(top.folder, "");
  EXPECT_EQ(top.name, "d.mp4");
  EXPECT_TRUE(place_of_key("a/.coffer")) << "only the first segment is reserved";
  EXPECT_TRUE(place_of_key(".coffers"));
  EXPECT_TRUE(place_of_key("...")) << "a name like any other";
}

TEST(LocalPaths, keys_that_name_no_file_are_refused) {
  for (const std::string& key :
       {std::string(), std::string("/"), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("."),
        std::string("a/./b"), std::string("../a"), std::string("a/.."), std::string("a\0b", 3), std::string(".coffer"),
        std::string(".coffer/tmp/x")}) {
    const Result<KeyPlace> place = place_of_key(key);
    ASSERT_FALSE(place) << key;
    EXPECT_EQ(place.error().kind(), ErrorKind::invalid_argument) << key;
  }
  EXPECT_TRUE(place_of_key(std::string(255, 'a')));
  EXPECT_EQ(place_of_key("x/" + std::string(256, 'a')).error().kind(), ErrorKind::too_large);
  std::string deep;
  for (int i = 0; i < 2048; ++i) deep += "a/";
  EXPECT_EQ(place_of_key(deep + "a").error().kind(), ErrorKind::too_large);
}

TEST(LocalPaths, prefixes_may_end_anywhere_in_a_key) {
  for (const char* prefix : {"", "a", "a/", "a/b", ".", ".coffer", ".cofferx/", "a/.coffer/"}) {
    EXPECT_TRUE(can_begin_a_key(prefix)) << prefix;
  }
  for (const char* prefix : {"/", "a//", "./a", "a/../", ".coffer/"}) EXPECT_FALSE(can_begin_a_key(prefix)) << prefix;
}

}  // namespace
}  // namespace coffer
