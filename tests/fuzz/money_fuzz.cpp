// Any text as an amount: refused, or within the limits and read back the same from every form.
#include "domain/money.hpp"
#include "tests/fuzz/check.hpp"

using namespace renova;
using renova::fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (std::string_view code : {"BRL", "JPY", "KWD"}) {
    domain::Currency currency = *domain::Currency::parse(code);
    for (auto money : {domain::parse_decimal(text, currency), domain::parse_human_money(text, currency)}) {
      if (!money) continue;
      check(money->amount >= 0 && money->amount <= domain::kMaxAmount);
      check(*domain::parse_decimal(domain::to_decimal(*money), currency) == *money);
      for (auto locale : {domain::Locale::pt_br, domain::Locale::en, domain::Locale::es}) {
        auto again = domain::parse_human_money(domain::format_money(*money, locale), currency);
        check(again.has_value() && *again == *money);
      }
    }
  }
  return 0;
}
