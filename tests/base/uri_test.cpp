#include <type_traits>

#include <coffer/base/uri.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Parsed {
  std::string_view text;
  std::string_view raw;
  std::string_view scheme;
  std::string_view authority;
  std::string_view path;
};

TEST(Uri, parse_takes_it_apart) {
  const Parsed cases[] = {
      {"file:///a/b.mp4", "file:///a/b.mp4", "file", "", "/a/b.mp4"},
      {"mem:///a", "mem:///a", "mem", "", "/a"},
      {"mem://store/a", "mem://store/a", "mem", "store", "/a"},
      {"mem:/a", "mem:///a", "mem", "", "/a"},
      {"s3://bucket", "s3://bucket", "s3", "bucket", "/"},
      {"s3://bucket/", "s3://bucket/", "s3", "bucket", "/"},
      {"S3://Bucket/Key", "s3://Bucket/Key", "s3", "Bucket", "/Key"},
      {"gs://b/a%20b", "gs://b/a%20b", "gs", "b", "/a b"},
      {"mem:///a%2Fb%2fc", "mem:///a%2Fb%2fc", "mem", "", "/a/b/c"},
      {"mem:///%61", "mem:///%61", "mem", "", "/a"},
      {"mem:///a%25b", "mem:///a%25b", "mem", "", "/a%b"},
      {"mem:///%C3%A9", "mem:///%C3%A9", "mem", "", "/é"},
      {"mem:///a//b/./c/../d/", "mem:///a//b/./c/../d/", "mem", "", "/a//b/./c/../d/"},
      {"http://host:8080/a?x=1", "http://host:8080/a?x=1", "http", "host:8080", "/a"},
      {"http://host?x", "http://host?x", "http", "host", "/"},
      {"http://host:0065535/a", "http://host:0065535/a", "http", "host:0065535", "/a"},
      {"http://host:/a", "http://host:/a", "http", "host", "/a"},
      {"http://user:pw@host/a", "http://user:pw@host/a", "http", "host", "/a"},
      {"http://[::1]:80/a", "http://[::1]:80/a", "http", "[::1]:80", "/a"},
      {"x-y+z.1://h/(a)!$&'*,;=:@~", "x-y+z.1://h/(a)!$&'*,;=:@~", "x-y+z.1", "h", "/(a)!$&'*,;=:@~"},
      {"https://h/a?b=c?d=/e", "https://h/a?b=c?d=/e", "https", "h", "/a"},
      {"mem:////a", "mem:////a", "mem", "", "//a"},
  };
  for (const Parsed& c : cases) {
    const Result<Uri> uri = Uri::parse(c.text);
    ASSERT_TRUE(uri) << c.text << ": " << uri.error().what();
    EXPECT_EQ(uri->raw(), c.raw) << c.text;
    EXPECT_EQ(uri->scheme(), c.scheme) << c.text;
    EXPECT_EQ(uri->authority(), c.authority) << c.text;
    EXPECT_EQ(uri->path(), c.path) << c.text;
    EXPECT_EQ(Uri(uri->raw()), *uri) << c.text;
  }
}

TEST(Uri, a_file_has_one_text_whichever_way_it_is_written) {
  const Parsed cases[] = {
      {"FILE:///a", "file:///a", "file", "", "/a"},
      {"file:/a", "file:///a", "file", "", "/a"},
      {"file://localhost/a", "file:///a", "file", "", "/a"},
      {"file://LOCALHOST/a", "file:///a", "file", "", "/a"},
      {"file:///%61", "file:///a", "file", "", "/a"},
      {"file:///a%3ab", "file:///a:b", "file", "", "/a:b"},
      {"file:///a%3fb%23", "file:///a%3Fb%23", "file", "", "/a?b#"},
      {"file:///a//b", "file:///a//b", "file", "", "/a//b"},
      {"file:////a", "file:////a", "file", "", "//a"},
      {"file:///a/./b/../c", "file:///a/./b/../c", "file", "", "/a/./b/../c"},
      {"file:///", "file:///", "file", "", "/"},
      {"file:///%0A%7f%ff", "file:///%0A%7F%FF", "file", "", "/\n\x7f\xff"},
  };
  for (const Parsed& c : cases) {
    const Result<Uri> uri = Uri::parse(c.text);
    ASSERT_TRUE(uri) << c.text << ": " << uri.error().what();
    EXPECT_EQ(uri->raw(), c.raw) << c.text;
    EXPECT_EQ(uri->authority(), "") << c.text;
    EXPECT_EQ(uri->path(), c.path) << c.text;
    EXPECT_EQ(*uri, Uri::of_file(c.path).value()) << c.text;
  }
}

struct BadUri {
  std::string_view text;
  std::string_view place;
  std::string_view why;
};

TEST(Uri, parse_refuses_the_rest_and_names_the_place_and_the_cure) {
  using namespace std::string_view_literals;
  const BadUri cases[] = {
      {"", "", "the text is empty"},
      {"video.mp4", "column 1:", "no scheme"},
      {"/data/video.mp4", "column 1:", "file:// and its absolute path"},
      {"a b:c", "column 1:", "no scheme"},
      {"://a", "column 1:", "no scheme"},
      {"1x://a", "column 1:", "no scheme"},
      {"file", "column 1:", "no scheme"},
      {" file:///a", "column 1:", "no scheme"},
      {"s_3://a", "column 1:", "no scheme"},
      {"file:", "column 6:", "begins with '/'"},
      {"file:a", "column 6:", "begins with '/'"},
      {"mem:a/b", "column 5:", "begins with '/'"},
      {"C:\\video.mp4", "column 3:", "begins with '/'"},
      {"file:///a b", "column 10:", "a space is not allowed; write it as %20"},
      {"file:///a ", "column 10:", "a space"},
      {"file:///a\tb", "column 10:", "control character is not allowed; write it as %09"},
      {"file:///a\nb", "column 10:", "%0A"},
      {"file:///a\x7f", "column 10:", "%7F"},
      {"file:///a\0b"sv, "column 10:", "NUL"},
      {"file:///é", "column 9:", "not ASCII is not allowed; write it as %C3"},
      {"file:///a<b", "column 10:", "'<' is not allowed; write it as %3C"},
      {"file:///a\"b", "column 10:", "%22"},
      {"file:///a\\b", "column 10:", "%5C"},
      {"file:///a^`{|}", "column 10:", "%5E"},
      {"file:///a%", "column 10:", "write a '%' of the name itself as %25"},
      {"file:///a%2", "column 10:", "%25"},
      {"file:///a%zz", "column 10:", "%25"},
      {"file:///100% sure", "column 12:", "%25"},
      {"file:///a%00b", "column 10:", "NUL"},
      {"mem:///a%00b", "column 9:", "NUL"},
      {"file:///a%2Fb", "column 10:", "another file"},
      {"file:///a%2fb", "column 10:", "another file"},
      {"FILE:///a%2fb", "column 10:", "another file"},
      {"file:///a#b", "column 10:", "fragment"},
      {"mem:///a#", "column 9:", "%23"},
      {"http://h/a?b#c", "column 13:", "%23"},
      {"file:///a?b", "column 10:", "%3F"},
      {"file://host/a", "column 8:", "names no host"},
      {"file://user@localhost/a", "column 8:", "names no host"},
      {"file://localhost:80/a", "column 8:", "names no host"},
      {"file://data/a", "column 8:", "file:///"},
      {"file://", "", "absolute path"},
      {"file://localhost", "", "absolute path"},
      {"mem:///a[b]", "column 9:", "does not belong here"},
      {"http://host:port/a", "column 13:", "does not belong here"},
      {"http://host:80x/a", "column 15:", "does not belong here"},
      {"http://host:65536/a", "column 13:", "at most 65535"},
      {"http://host:99999/a", "column 13:", "at most 65535"},
      {"http://[::1]x/a", "column 13:", "does not belong here"},
      {"http://[::1/a", "column ", "does not belong here"},
  };
  for (const BadUri& c : cases) {
    const Result<Uri> uri = Uri::parse(c.text);
    ASSERT_FALSE(uri) << c.text << " became " << uri->raw();
    EXPECT_EQ(uri.error().kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(uri.error().message(), HasSubstr(c.place)) << c.text;
    EXPECT_THAT(uri.error().message(), HasSubstr(c.why)) << c.text;
    EXPECT_THROW((void)Uri(c.text), Error) << c.text;
  }
}

TEST(Uri, a_message_about_a_bad_one_holds_no_secret_of_it) {
  for (const std::string_view text :
       {"http://user:secret@host/a b", "http://user:secret@host:x/", "http://h/a?key=secret#x", "secret"}) {
    const Result<Uri> uri = Uri::parse(text);
    ASSERT_FALSE(uri) << text;
    EXPECT_THAT(uri.error().what(), Not(HasSubstr("secret"))) << text;
  }
}

TEST(Uri, text_is_never_taken_for_one_by_accident) {
  static_assert(!std::is_convertible_v<std::string, Uri> && !std::is_convertible_v<const char*, Uri>);
  static_assert(std::is_constructible_v<Uri, const char*>);
  EXPECT_TRUE(Uri().empty());
  EXPECT_FALSE(Uri("mem:///a").empty());
}

struct Shown {
  std::string_view raw;
  std::string_view text;
};

TEST(Uri, its_text_hides_userinfo_and_the_values_of_the_query) {
  const Shown cases[] = {
      {"file:///a%20b", "file:///a%20b"},
      {"s3://bucket/a@b", "s3://bucket/a@b"},
      {"http://user:pw@host:80/a@b", "http://***@host:80/a@b"},
      {"http://user@host", "http://***@host"},
      {"http://@host/a", "http://***@host/a"},
      {"http://host/a?key=abc&n=1", "http://host/a?key=***&n=***"},
      {"http://u:p@host?key=a@b/c", "http://***@host?key=***"},
      {"http://host?key=a@b/c", "http://host?key=***"},
      {"http://host/a?token", "http://host/a?***"},
      {"http://host/a?x=&y&&z=a=b", "http://host/a?x=***&***&&z=***"},
      {"http://host/a?", "http://host/a?"},
      {"http://host/a?&", "http://host/a?&"},
      {"http://host/a?b=c?d=e", "http://host/a?b=***"},
  };
  for (const Shown& c : cases) {
    const Uri uri(c.raw);
    EXPECT_EQ(uri.text(), c.text);
    EXPECT_EQ(uri.raw(), c.raw);
    EXPECT_EQ(Uri(uri.text()).text(), c.text) << "what is shown can be read again";
  }
  EXPECT_EQ(Uri().text(), "");
}

TEST(Uri, of_file_encodes_what_must_be_and_refuses_what_is_no_absolute_path) {
  using namespace std::string_view_literals;
  EXPECT_EQ(Uri::of_file("/data/a b#c?d%2Fe.mp4").value().raw(), "file:///data/a%20b%23c%3Fd%252Fe.mp4");
  EXPECT_EQ(Uri::of_file("/").value().raw(), "file:///");
  EXPECT_EQ(Uri::of_file("/\xff\n").value().raw(), "file:///%FF%0A");
  for (const std::string_view path : {""sv, "a/b"sv, "./a"sv, "file:///a"sv, "/a\0b"sv}) {
    const Result<Uri> uri = Uri::of_file(path);
    ASSERT_FALSE(uri) << path;
    EXPECT_EQ(uri.error().kind(), ErrorKind::invalid_argument);
  }
}

struct Joined {
  std::string_view root;
  std::string_view key;
  std::string_view raw;
};

TEST(Uri, join_puts_one_slash_between_and_keeps_the_key_to_the_byte) {
  const Joined cases[] = {
      {"file:///a", "b", "file:///a/b"},
      {"file:///a/", "b", "file:///a/b"},
      {"file:///", "b", "file:///b"},
      {"file:///a//", "b", "file:///a//b"},
      {"file:///a", "b/c.mp4", "file:///a/b/c.mp4"},
      {"file:///a", "b//c", "file:///a/b//c"},
      {"file:///a", "a b#c%2Fd", "file:///a/a%20b%23c%252Fd"},
      {"file:///a", "/b", "file:///a//b"},
      {"file:///a", "b/", "file:///a/b/"},
      {"file:///a", "", "file:///a/"},
      {"file:///a", "../b", "file:///a/../b"},
      {"file:///a", "é?\n", "file:///a/%C3%A9%3F%0A"},
      {"mem://", "a", "mem:///a"},
      {"mem:/", "/a", "mem:////a"},
      {"s3://bucket", "a", "s3://bucket/a"},
      {"s3://bucket/", "a", "s3://bucket/a"},
      {"mem:///a%2F", "b", "mem:///a%2Fb"},
      {"http://host?token=x", "a", "http://host/a?token=x"},
      {"http://host/a?token=/x/", "b", "http://host/a/b?token=/x/"},
      {"http://host/a/?", "b", "http://host/a/b?"},
      {"http://u:p@host:80", "b", "http://u:p@host:80/b"},
  };
  for (const Joined& c : cases) {
    const Uri root(c.root);
    const Uri child = root.join(c.key);
    EXPECT_EQ(child.raw(), c.raw);
    EXPECT_TRUE(child.is_below(root)) << c.raw;
    EXPECT_EQ(child.key_below(root), c.key) << c.raw;
    EXPECT_EQ(child.scheme(), root.scheme());
    EXPECT_EQ(child.authority(), root.authority());
    EXPECT_EQ(Uri(child.raw()).path(), child.path()) << c.raw;
  }
}

TEST(Uri, join_keeps_every_byte_but_nul) {
  const Uri root("file:///r");
  std::string key;
  for (int byte = 1; byte < 256; ++byte) key += static_cast<char>(byte);
  const Uri child = root.join(key);
  EXPECT_EQ(Uri(child.raw()).key_below(root), key);
  try {
    (void)root.join(std::string_view("a\0b", 3));
    FAIL() << "a NUL byte was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(error.uri(), "file:///r");
  }
  EXPECT_THROW((void)Uri().join("a"), Error);
}

struct Below {
  std::string_view uri;
  std::string_view root;
  bool is_below;
  std::string_view key;
};

TEST(Uri, is_below_compares_scheme_authority_and_decoded_path) {
  const Below cases[] = {
      {"file:///a/b", "file:///a", true, "b"},
      {"file:///a/b", "file:///a/", true, "b"},
      {"file:///a/b/c", "file:///a", true, "b/c"},
      {"file:///a/b", "file:///", true, "a/b"},
      {"file:///a//b", "file:///a", true, "/b"},
      {"file:///ab", "file:///a", false, ""},
      {"file:///ab", "file:///a/", false, ""},
      {"file:///a", "file:///a", false, ""},
      {"file:///a", "file:///a/", false, ""},
      {"file:///a/", "file:///a", true, ""},
      {"file:///a/", "file:///a/", true, ""},
      {"file:///", "file:///a", false, ""},
      {"file:///a", "file:///a/b", false, ""},
      {"file:///A/b", "file:///a", false, ""},
      {"file:///a%20b/c", "file:///a%20b", true, "c"},
      {"file:///%61/b", "file:///a", true, "b"},
      {"file:///a/b", "file://localhost/%61", true, "b"},
      {"mem:///%61/b%20c", "mem:///a", true, "b c"},
      {"mem:///a%2Fb", "mem:///a", true, "b"},
      {"mem:///a/b", "file:///a", false, ""},
      {"mem://x/a", "mem://y", false, ""},
      {"mem://x/a", "mem://x", true, "a"},
      {"s3://bucket/a", "s3://bucket/", true, "a"},
      {"s3://bucket2/a", "s3://bucket", false, ""},
      {"S3://bucket/a", "s3://bucket", true, "a"},
      {"http://h:80/a", "http://h", false, ""},
      {"http://u:p@h/a", "http://h", true, "a"},
      {"http://h/a?x=1", "http://h?y=2", true, "a"},
  };
  for (const Below& c : cases) {
    EXPECT_EQ(Uri(c.uri).is_below(Uri(c.root)), c.is_below) << c.uri << " below " << c.root;
    EXPECT_EQ(Uri(c.uri).key_below(Uri(c.root)), c.key) << c.uri << " below " << c.root;
  }
  EXPECT_FALSE(Uri().is_below(Uri()));
  EXPECT_FALSE(Uri("file:///a").is_below(Uri()));
  EXPECT_FALSE(Uri().is_below(Uri("file:///a")));
}

TEST(Uri, they_compare_and_sort_by_their_texts) {
  EXPECT_EQ(Uri("mem:///a"), Uri("MEM:///a"));
  EXPECT_NE(Uri("mem:///a"), Uri("mem:///%61"));
  EXPECT_LT(Uri("mem:///a"), Uri("mem:///b"));
  EXPECT_LT(Uri(), Uri("mem:///a"));
}

TEST(PercentEncodePath, it_leaves_what_a_path_may_have) {
  EXPECT_EQ(percent_encode_path("/a-b._~!$&'()*+,;=:@/"), "/a-b._~!$&'()*+,;=:@/");
  EXPECT_EQ(percent_encode_path(" \"#%<>?[\\]^`{|}\x7f\x80"), "%20%22%23%25%3C%3E%3F%5B%5C%5D%5E%60%7B%7C%7D%7F%80");
  EXPECT_EQ(percent_encode_path(std::string_view("\0", 1)), "%00");
  EXPECT_EQ(percent_encode_path(""), "");
}

}  // namespace
}  // namespace coffer
