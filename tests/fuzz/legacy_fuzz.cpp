// Any document: an answer, records that lie in it, and entries whose texts can be stored.
#include "base/text.hpp"
#include "services/legacy_import.hpp"
#include "services/legacy_scan.hpp"
#include "tests/fuzz/check.hpp"

using namespace renova;
using renova::fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  services::LegacySettings settings;
  auto scanned = services::scan_legacy(text, [&](const services::LegacyRecord& record) -> result<void> {
    check(text.substr(record.byte, record.json.size()) == record.json);
    if (record.is_template) {
      services::LegacyTemplate entry = services::convert_legacy_template(record.json);
      check(is_utf8(entry.body) && is_utf8(entry.name));
      return {};
    }
    services::ImportEntry entry = services::convert_legacy_client(record.json, settings);
    if (entry.ok()) {
      check(entry.row.phone.digits.size() >= 10 && entry.row.phone.digits.size() <= 15);
      check(entry.row.price && entry.row.price->amount > 0 && entry.row.due_on);
    }
    for (const auto& note : entry.notes) check(is_utf8(note.text) && !note.text.empty());
    return {};
  });
  if (scanned.has_error()) check(!scanned.error().detail.empty());
  check(is_utf8(text) == false || is_utf8(services::modernise_body(text)));
  return 0;
}
