// Any body: refused with a reason, or rendered within the limit; a legacy body always parses once adopted.
#include "base/text.hpp"
#include "domain/template_text.hpp"
#include "domain/text_rules.hpp"
#include "tests/fuzz/check.hpp"

using namespace renova;
using renova::fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view body(reinterpret_cast<const char*>(data), size);
  domain::ValueSource source;
  source.name = body;
  source.business = "{nome}";
  source.due_on = Date::of(2026, 12, 31);
  source.today = Date::of(2026, 12, 1);
  domain::TemplateValues values = domain::make_values(source);
  auto parsed = domain::parse_template(body);
  if (parsed) {
    domain::Rendered out = domain::render(*parsed, values);
    check(is_utf8(out.text) && count_code_points(out.text) <= domain::kMaxBodyLength);
  } else {
    Error error = parsed.error();
    check(!error.fields.empty());
  }
  auto clean = domain::parse_body(body);
  if (clean && clean->size() * 2 <= domain::kMaxBodyLength) {
    // Doubled braces may lengthen it; nothing else can be wrong with it.
    std::string adopted = domain::adopt_legacy_body(*clean);
    auto again = domain::parse_template(adopted);
    check(again.has_value() || !domain::parse_body(adopted).has_value());
  }
  return 0;
}
