// Any text as a phone number of any country: refused, or E.164 digits that read back the same in every form.
#include "domain/phone.hpp"
#include "tests/fuzz/check.hpp"

using namespace renova;
using renova::fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (std::string_view code : {"BR", "PT", "US", "MX", "AR", "GB"}) {
    domain::Country country = *domain::Country::parse(code);
    auto phone = domain::parse_phone(text, country);
    if (!phone) continue;
    check(phone->digits.size() >= 10 && phone->digits.size() <= 15);
    check(phone->digits.find_first_not_of("0123456789") == std::string::npos);
    for (const std::string& form : {"+" + phone->digits, domain::format_phone(phone->digits)}) {
      auto again = domain::parse_phone(form, country);
      check(again.has_value() && again->digits == phone->digits);
    }
    auto exported = domain::parse_phone(domain::export_phone(phone->digits, country), country);
    check(exported.has_value() && exported->digits == phone->digits);
    check(!domain::match_key(phone->digits).empty());
  }
  return 0;
}
