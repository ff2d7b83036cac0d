// The three languages that Renova writes to people, and how they write dates.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <string>
#include <string_view>

namespace renova::domain {

enum class Locale { pt_br, en, es };

std::string_view to_text(Locale locale); // "pt-BR", "en", "es"
bool from_text(std::string_view text, Locale& out);

// Reads a BCP 47 tag and takes its language: "pt", "pt_BR", "en-US", "es-MX". Error: unsupported_locale.
result<Locale> parse_locale(std::string_view text);

// pt-BR and es "31/12/2026"; en "Dec 31, 2026", which no reader can take for another day.
std::string format_date(Date date, Locale locale);

} // namespace renova::domain
