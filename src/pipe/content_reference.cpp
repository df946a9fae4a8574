#include <array>
#include <charconv>
#include <utility>

#include <boost/url/encode.hpp>
#include <boost/url/params_encoded_view.hpp>
#include <boost/url/parse_query.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <coffer/base/checksum.hpp>
#include <coffer/pipe/content_reference.hpp>

#include "pipe/data_url.hpp"

namespace coffer {
namespace {

namespace urls = boost::urls;

constexpr std::string_view mark = "#coffer&as=";

constexpr std::array<std::pair<ContentForm, std::string_view>, 5> forms = {{
    {ContentForm::value, "value"},
    {ContentForm::text, "text"},
    {ContentForm::utf8_text, "utf8-text"},
    {ContentForm::base64, "base64"},
    {ContentForm::data_url, "data-url"},
}};

std::optional<ContentForm> form_named(std::string_view word) noexcept {
  for (const auto& [form, name] : forms) {
    if (name == word) return form;
  }
  return std::nullopt;
}

template <class T>
void read_number(std::string_view text, T& value, int base) noexcept {
  std::from_chars(text.data(), text.data() + text.size(), value, base);
}

Error damaged(std::string_view text) {
  constexpr std::size_t shown = 100;
  return Error(ErrorKind::invalid_argument, "“" + std::string(text.substr(0, shown)) +
                                                (text.size() > shown ? "…" : "") +
                                                "” is marked as a reference of Coffer's and is none: it was changed");
}

}  // namespace

std::string_view to_string(ContentForm form) noexcept {
  for (const auto& [known, name] : forms) {
    if (known == form) return name;
  }
  return "";
}

std::string ContentReference::text() const {
  constexpr auto plain = urls::unreserved_chars + '/';
  std::string text = uri.raw();
  text.append(mark).append(to_string(form));
  text.append("&type=").append(urls::encode(type, plain));
  text.append("&size=").append(std::to_string(size));
  text.append("&crc32c=").append(crc32c_text(crc32c));
  return text;
}

Result<std::optional<ContentReference>> ContentReference::parse(std::string_view text) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::optional<ContentReference>();
  const auto parameters = urls::parse_query(text.substr(at + 1));
  Result<Uri> uri = Uri::parse(text.substr(0, at));
  if (!parameters || !uri) return damaged(text);
  ContentReference reference;
  reference.uri = std::move(*uri);
  for (const auto& parameter : *parameters) {
    const std::string value = parameter.value.decode();
    if (parameter.key == "as") {
      const std::optional<ContentForm> form = form_named(value);
      if (!form) return damaged(text);
      reference.form = *form;
    }
    if (parameter.key == "type") reference.type = value;
    if (parameter.key == "size") read_number(value, reference.size, 10);
    if (parameter.key == "crc32c") read_number(value, reference.crc32c, 16);
  }
  // It is written into the document as it is.
  const std::string head = "data:" + reference.type + ";base64,";
  if (reference.form == ContentForm::data_url && data_url_type(head) != reference.type) return damaged(text);
  // A reference has one text only; so nothing in it was missing, doubled or added.
  if (reference.text() != text) return damaged(text);
  return std::optional(std::move(reference));
}

}  // namespace coffer
