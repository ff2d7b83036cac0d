#include "http/multipart.hpp"

#include "base/text.hpp"
#include "http/media_type.hpp"
#include "http/syntax.hpp"

namespace renova::http {

namespace {

Error malformed(const char* detail) { return Error(ErrorCode::malformed, detail); }

// RFC 2046 §5.1.1: 1–70 of these, the last not a blank.
constexpr syntax::CharSet kBoundary = syntax::make_set("'()+_,-./:=? ", true);

// `form-data; name="a"; filename="b.csv"`. Browsers encode a quote as %22, and a percent sign not at all
// (RFC 7578 §4.2 and the HTML standard); a backslash is itself.
result<void> read_disposition(std::string_view value, FormPart& part) {
  if (!equals_ignoring_case(syntax::trim_ows(syntax::take_until(value, ';')), "form-data"))
    return malformed("a part of the form is no form-data");
  bool named = false;
  for (value = syntax::trim_ows(value); !value.empty(); value = syntax::trim_ows(value)) {
    const std::string_view name = syntax::trim_ows(syntax::take_until(value, '='));
    std::string_view raw;
    if (value.starts_with('"')) {
      value.remove_prefix(1);
      if (value.find('"') == std::string_view::npos) return malformed("a quote in the form is not closed");
      raw = syntax::take_until(value, '"');
      syntax::take_until(value, ';');
    } else {
      raw = syntax::trim_ows(syntax::take_until(value, ';'));
    }
    std::string text(raw);
    for (std::size_t at; (at = text.find("%22")) != std::string::npos;) text.replace(at, 3, "\"");
    if (!is_utf8(text) || has_control(text)) return malformed("a name in the form is not UTF-8 text");
    if (equals_ignoring_case(name, "name")) {
      part.name = std::move(text);
      named = true;
    } else if (equals_ignoring_case(name, "filename")) {
      part.filename = std::move(text);
    }
  }
  if (!named) return malformed("a part of the form has no name");
  return {};
}

// `head` is the header lines of one part, each with its line end.
result<void> read_head(std::string_view head, FormPart& part) {
  bool disposed = false;
  while (!head.empty()) {
    std::string_view line = syntax::take_until(head, '\n');
    if (!line.ends_with('\r')) return malformed("a line of the form has no line end");
    line.remove_suffix(1);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !syntax::is_token(line.substr(0, colon)))
      return malformed("a header line of the form is malformed");
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = syntax::trim_ows(line.substr(colon + 1));
    if (!syntax::all_of(value, syntax::kFieldValue))
      return malformed("a header line of the form is malformed");
    if (equals_ignoring_case(name, "Content-Type")) part.content_type = value;
    if (!equals_ignoring_case(name, "Content-Disposition")) continue;
    if (std::exchange(disposed, true)) return malformed("a part of the form has two dispositions");
    TRY_DO(read_disposition(value, part));
  }
  if (!disposed) return malformed("a part of the form has no name");
  return {};
}

} // namespace

result<std::vector<FormPart>> parse_multipart(std::string_view content_type, std::string_view body) {
  const auto type = parse_media_type(content_type);
  if (type.has_error() || type->essence != "multipart/form-data")
    return Error(ErrorCode::validation_failed, "the content is not multipart/form-data");
  const std::string_view boundary = type->parameter("boundary");
  if (boundary.empty() || boundary.size() > 70 || boundary.back() == ' ' ||
      !syntax::all_of(boundary, kBoundary))
    return Error(ErrorCode::validation_failed, "the form has no valid boundary");
  const std::string delimiter = "\r\n--" + std::string(boundary);

  // The first delimiter may stand at the very beginning; a preamble before it is skipped (RFC 2046 §5.1.1).
  std::string_view rest = body;
  if (body.starts_with(std::string_view(delimiter).substr(2))) {
    rest.remove_prefix(delimiter.size() - 2);
  } else {
    const auto first = body.find(delimiter);
    if (first == std::string_view::npos) return malformed("the form has no part");
    rest.remove_prefix(first + delimiter.size());
  }
  std::vector<FormPart> parts;
  while (!rest.starts_with("--")) {
    const auto line_end = rest.find("\r\n");
    if (line_end == std::string_view::npos || !syntax::trim_ows(rest.substr(0, line_end)).empty())
      return malformed("a boundary of the form is malformed");
    rest.remove_prefix(line_end);
    if (parts.size() == kFormPartsMax) return malformed("the form has too many parts");
    const auto head_end = rest.substr(0, kFormPartHeadMax).find("\r\n\r\n");
    if (head_end == std::string_view::npos) return malformed("a part of the form has no end of its header");
    FormPart part;
    part.content_type = "text/plain";
    if (head_end == 0) return malformed("a part of the form has no name");
    TRY_DO(read_head(rest.substr(2, head_end), part));
    rest.remove_prefix(head_end + 4);
    const auto end = rest.find(delimiter);
    if (end == std::string_view::npos) return malformed("the form ends in the middle of a part");
    part.content = rest.substr(0, end);
    rest.remove_prefix(end + delimiter.size());
    parts.push_back(std::move(part));
  }
  return parts;
}

const FormPart* find_part(const std::vector<FormPart>& parts, std::string_view name) {
  for (const FormPart& part : parts)
    if (part.name == name) return &part;
  return nullptr;
}

} // namespace renova::http
