#include "services/legacy_scan.hpp"

#include "base/text.hpp"
#include "domain/import_job.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cstdint>

namespace renova::services {
namespace {

namespace json = boost::json;

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::size_t kNone = std::string_view::npos;

struct NotNumber {
  std::string_view python;
  std::string_view json; // of the same length, so that places stay right; a text is no number
};
constexpr NotNumber kNotNumbers[] = {
    {"-Infinity", "\"-Infin\""}, {"Infinity", "\"Infini\""}, {"NaN", "\"N\""}};
static_assert(kNotNumbers[2].python.size() == kNotNumbers[2].json.size());

// The position after the string that begins at `at`, or kNone.
std::size_t after_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return kNone;
}

// The position after the value that begins at `at`, by brackets alone; kNone when the text ends before.
std::size_t after_value(std::string_view text, std::size_t at) {
  if (text[at] == '"') return after_string(text, at);
  if (text[at] != '{' && text[at] != '[') return std::min(text.find_first_of(",]} \t\r\n", at), text.size());
  int depth = 0;
  while (at < text.size()) {
    char c = text[at];
    if (c == '"') {
      at = after_string(text, at);
      if (at == kNone) return kNone;
      continue;
    }
    ++at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at;
  }
  return kNone;
}

// Replaces NaN and its like outside of strings; the text itself when there is none.
std::string_view without_not_numbers(std::string_view text, std::string& store) {
  if (text.find("NaN") == kNone && text.find("Infinity") == kNone) return text;
  store = text;
  for (std::size_t at = 0; at < store.size();) {
    if (store[at] == '"') {
      at = after_string(store, at);
      if (at == kNone) break;
      continue;
    }
    for (const NotNumber& word : kNotNumbers) {
      if (std::string_view(store).substr(at, word.python.size()) == word.python) {
        store.replace(at, word.python.size(), word.json);
        break;
      }
    }
    if (store[at] != '"') ++at;
  }
  return store;
}

struct Parsed {
  json::value value;
  std::size_t wrong_at = kNone; // relative to the text
  std::string why;
};

Parsed parse_value(std::string_view text) {
  std::string store;
  std::string_view clean = without_not_numbers(text, store);
  Parsed parsed;
  json::parser parser;
  boost::system::error_code failed;
  std::size_t read = parser.write_some(clean.data(), clean.size(), failed);
  if (failed == json::error::incomplete) {
    parsed.wrong_at = clean.size();
    parsed.why = "the text ends in the middle";
  } else if (failed) {
    parsed.wrong_at = read;
    parsed.why = failed.message();
  } else if (clean.find_first_not_of(kBlank, read) != kNone) {
    parsed.wrong_at = clean.find_first_not_of(kBlank, read);
    parsed.why = "unexpected text";
  } else {
    parsed.value = parser.release();
  }
  return parsed;
}

class Scan {
 public:
  Scan(std::string_view document, const LegacySink& sink) : text_(document), sink_(sink) {}

  result<void> run() {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
    if (!is_utf8(text_)) return bad_text();
    blank();
    if (peek() == '[') {
      TRY_DO(list(Kind::by_content));
    } else if (peek() == '{') {
      TRY_DO(object());
    } else {
      return wrong(at_, "a list of clients, or an object with one, must begin here");
    }
    blank();
    if (at_ < text_.size()) return wrong(at_, "unexpected text after the end");
    if (!found_) {
      return field_error("", "not_a_client_list", "the file has neither \"clients\" nor \"templates\"");
    }
    return {};
  }

 private:
  enum class Kind { clients, templates, by_content };

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void blank() { at_ = std::min(text_.find_first_not_of(kBlank, at_), text_.size()); }

  Error wrong(std::size_t at, std::string_view why) const {
    std::string detail = "the file is corrupt at " + describe_place(text_, at) + ": " + std::string(why) +
                         "; nothing was changed";
    return Error(ErrorCode::malformed, detail, {FieldError{"", "corrupt_file", detail}});
  }

  Error bad_text() const {
    std::size_t at = 0;
    while (at < text_.size()) {
      std::string_view one = prefix(text_.substr(at), 1);
      if (!is_utf8(one)) break;
      at += one.size();
    }
    return wrong(at, "this is not UTF-8");
  }

  // Parses the value that begins here and steps over it; `slice` is its text.
  result<json::value> value(std::string_view& slice) {
    std::size_t end = at_ < text_.size() ? after_value(text_, at_) : kNone;
    slice = text_.substr(at_, end == kNone ? end : end - at_);
    Parsed parsed = parse_value(slice);
    if (parsed.wrong_at != kNone) return wrong(at_ + parsed.wrong_at, parsed.why);
    at_ += slice.size();
    return std::move(parsed.value);
  }

  // After an element: true when another follows; false after the closing bracket.
  result<bool> more(char closing) {
    blank();
    if (peek() == closing) {
      ++at_;
      return false;
    }
    if (peek() != ',') return wrong(at_, "a comma or the end of the list is missing");
    ++at_;
    blank();
    return true;
  }

  result<void> list(Kind kind) {
    found_ = true;
    ++at_;
    blank();
    if (peek() == ']') {
      ++at_;
      return {};
    }
    for (bool again = true; again;) {
      std::size_t begin = at_;
      std::string_view slice;
      TRY(json::value record, value(slice));
      if (++records_ > domain::kMaxImportLines) {
        return field_error("", "too_many_lines", "a list may have 500000 records");
      }
      bool is_template = kind == Kind::templates;
      if (kind == Kind::by_content && record.is_object()) {
        is_template = record.get_object().contains("content") && !record.get_object().contains("phone");
      }
      TRY_DO(sink_(LegacyRecord{is_template, slice, begin}));
      TRY(again, more(']'));
    }
    return {};
  }

  result<void> object() {
    ++at_;
    blank();
    if (peek() == '}') {
      ++at_;
      return {};
    }
    for (bool again = true; again;) {
      if (peek() != '"') return wrong(at_, "a member's name must begin here");
      std::string_view slice;
      TRY(json::value name, value(slice));
      blank();
      if (peek() != ':') return wrong(at_, "a colon is missing");
      ++at_;
      blank();
      TRY_DO(member(name.get_string()));
      TRY(again, more('}'));
    }
    return {};
  }

  result<void> member(const json::string& name) {
    bool clients = name == "clients";
    bool templates = name == "templates" || name == "message_templates";
    if ((clients || templates) && peek() == '[') return list(clients ? Kind::clients : Kind::templates);
    std::string_view slice;
    TRY_DO(value(slice));
    return {};
  }

  std::string_view text_;
  const LegacySink& sink_;
  std::size_t at_ = 0;
  std::int64_t records_ = 0;
  bool found_ = false;
};

} // namespace

result<void> scan_legacy(std::string_view document, const LegacySink& sink) {
  if (document.size() > domain::kMaxImportBytes) {
    return Error(ErrorCode::payload_too_large, "a file may have 64 MiB");
  }
  return Scan(document, sink).run();
}

result<json::value> parse_legacy(std::string_view text) {
  Parsed parsed = parse_value(text);
  if (parsed.wrong_at != kNone) return Error(ErrorCode::malformed, parsed.why);
  return std::move(parsed.value);
}

std::string describe_place(std::string_view document, std::size_t byte) {
  std::string_view before = document.substr(0, byte);
  auto line = 1 + std::count(before.begin(), before.end(), '\n');
  std::size_t line_start = before.rfind('\n') == kNone ? 0 : before.rfind('\n') + 1;
  std::size_t column = 1 + count_code_points(before.substr(line_start));
  return "line " + std::to_string(line) + ", column " + std::to_string(column) + " (byte " +
         std::to_string(byte) + ")";
}

} // namespace renova::services
