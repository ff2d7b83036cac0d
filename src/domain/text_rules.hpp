// What each kind of text must look like. Each function gives the text as it is stored, or says what is wrong.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace renova::domain {

// Lengths in code points.
inline constexpr std::size_t kMinNameLength = 2;
inline constexpr std::size_t kMaxNameLength = 100;
inline constexpr std::size_t kMaxEmailLength = 254;
inline constexpr std::size_t kMaxTagLength = 40;
inline constexpr std::size_t kMaxTags = 50;
inline constexpr std::size_t kMaxNoteLength = 2000;
inline constexpr std::size_t kMaxCustomFields = 50;
inline constexpr std::size_t kMaxCustomKeyLength = 60;
inline constexpr std::size_t kMaxCustomValueLength = 500;
inline constexpr std::size_t kMaxPlanTypeLength = 30;
inline constexpr std::size_t kMaxBodyLength = 4096; // WhatsApp's own limit of a text
inline constexpr std::size_t kMaxVariants = 10;
inline constexpr std::size_t kMaxLineLength = 200;
static_assert(kMaxNoteLength <= kMaxBodyLength);

// All of these: well-formed UTF-8, trimmed, NFC. Common error codes: required, not_utf8, too_short, too_long,
// control_character. Pointers are relative (see FieldErrors).

// A client's, business's, plan's or user's name, 2–100: one line; apostrophes, accents and emoji are fine.
result<std::string> parse_name(std::string_view text);

// A template's, rule's, channel's or API key's label, 1–100, one line.
result<std::string> parse_label(std::string_view text);

// Any other single line of at most `max_length`, possibly empty.
result<std::string> parse_line(std::string_view text, std::size_t max_length = kMaxLineLength);

// Lower-cased domain, 3–254: something@host.tld, no quotes, no comments, no blanks. Error: invalid_email.
result<std::string> parse_email(std::string_view text);

// 1–40, one line. Uniqueness is by fold(): see parse_tags.
result<std::string> parse_tag(std::string_view text);

// The tags in their order without repetitions ("VIP" and "vip" are one). Pointers are "/n". Error: too_many.
result<std::vector<std::string>> parse_tags(const std::vector<std::string>& tags);

// 1–2000, several lines.
result<std::string> parse_note(std::string_view text);

// Keys 1–60 on one line, distinct by fold(); values ≤ 500. Pointers are "/key" (escaped).
result<std::vector<std::pair<std::string, std::string>>> parse_custom_fields(
    const std::vector<std::pair<std::string, std::string>>& fields);

// IPTV, VPN, STREAMING, GAMING, INTERNET, OTHER, or the tenant's own: [A-Z0-9_ -]{1,30}. Upper-cased and
// without accents first; the original's OUTROS is OTHER. Error: invalid_plan_type.
result<std::string> parse_plan_type(std::string_view text);

// A message's or template's text, 1–4096: control characters except line feed and tab removed, HTML tags
// stripped. Error: too_long, required, not_utf8.
result<std::string> parse_body(std::string_view text);

// A value that goes into a message: no control characters, one line.
std::string sanitize_value(std::string_view text);

// The text without HTML tags and comments; the content of script and style goes too. "<" that opens no tag
// ("a < b", "<3", "1<2") stays. A small state machine after the tokenizer of the HTML standard, §13.2.5;
// entities are left as they are.
std::string strip_tags(std::string_view text);

// For a JSON pointer (RFC 6901): "~" → "~0", "/" → "~1".
std::string escape_pointer(std::string_view token);

} // namespace renova::domain
