#include "api/json_decode.hpp"

namespace renova::api {

namespace json = boost::json;

std::string Decoding::escape(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  for (char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

void Decode<std::string>::from(const json::value& in, const Decoding& at, std::string& out) {
  if (!in.is_string()) return at.fail("wrong_type", "must be a string");
  std::string_view text(in.get_string());
  // No field of ours holds U+0000, and PostgreSQL's text cannot.
  if (text.find('\0') != text.npos) return at.fail("invalid_character", "must not contain U+0000");
  out.assign(text);
}

void Decode<Instant>::from(const json::value& in, const Decoding& at, Instant& out) {
  if (!in.is_string()) return at.fail("wrong_type", "must be a string with an RFC 3339 date and time");
  auto parsed = parse_instant(std::string_view(in.get_string()));
  if (parsed.has_error()) return at.fail("invalid_format", "must be an RFC 3339 date and time");
  out = *parsed;
}

void Decode<Date>::from(const json::value& in, const Decoding& at, Date& out) {
  if (!in.is_string()) return at.fail("wrong_type", "must be a string with a date, YYYY-MM-DD");
  auto parsed = parse_date(std::string_view(in.get_string()));
  if (parsed.has_error()) return at.fail("invalid_format", "must be a real date, YYYY-MM-DD");
  out = *parsed;
}

void Decode<MoneyInput>::from(const json::value& in, const Decoding& at, MoneyInput& out) {
  if (in.is_string()) return Decode<std::string>::from(in, at, out.decimal);
  if (!in.is_object()) {
    return at.fail("wrong_type", "must be {\"amount\":integer,\"currency\":text} or a decimal string");
  }
  const json::object& object = in.get_object();
  for (const auto& pair : object) {
    std::string_view name(pair.key());
    if (name == "amount") {
      Decode<std::int64_t>::from(pair.value(), at.member(name), out.amount.emplace());
    } else if (name == "currency") {
      Decode<std::string>::from(pair.value(), at.member(name), out.currency);
    } else {
      at.member(name).fail("unknown_field", "is not a field of this object");
    }
  }
  if (!out.amount) at.member("amount").fail("required", "is required");
}

} // namespace renova::api
