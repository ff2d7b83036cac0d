// Unicode text: validity, comparison without case and accents, and the cleaning that every input gets.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace renova {

// True for well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF).
bool is_utf8(std::string_view text);

// Code points in well-formed UTF-8; bytes that are none count one each.
std::size_t count_code_points(std::string_view text);

// The form by which people find things: NFKD, no marks, case folded, white space runs as one blank, trimmed.
// "  José  DA Silva" → "jose da silva". Malformed bytes are dropped.
std::string fold(std::string_view text);

// NFC. Malformed text comes back unchanged.
std::string normalize(std::string_view text);

// Without blanks, tabs, line ends and U+00A0 at both ends.
std::string_view trim(std::string_view text);

// True when the text holds a C0 or C1 control character, a line or paragraph separator, or a bidirectional
// override.
bool has_control(std::string_view text);

// Without control characters except line feed and tab; CR LF becomes LF.
std::string strip_control(std::string_view text);

// ASCII only, locale-independent.
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

// The digits 0–9 of the text, in order.
std::string digits_of(std::string_view text);

// At most `code_points` code points from the beginning.
std::string_view prefix(std::string_view text, std::size_t code_points);

} // namespace renova
