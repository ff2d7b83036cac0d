// Any webhook body, signed rightly: items of bounded number with storable keys and bodies, each of which is
// understood or refused, and none of which speaks of a message that is not ours.
#include "base/text.hpp"
#include "messaging/gateway/cloud_api.hpp"
#include "messaging/opaque_key.hpp"
#include "messaging/opt_out.hpp"
#include "tests/fuzz/check.hpp"

using namespace renova;
using renova::fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view body(reinterpret_cast<const char*>(data), size);
  auto items = messaging::cloud_api::parse_webhook({}, body);
  if (items.has_error()) return 0;
  for (const auto& item : *items) {
    check(is_utf8(item.key) && !item.key.empty() && item.key.size() <= 600);
    check(is_utf8(item.body) && item.body.find('\0') == std::string::npos);
    auto news = messaging::cloud_api::understand(item.kind, item.body);
    if (news.has_error()) continue;
    if (const auto* status = std::get_if<messaging::StatusNews>(&*news)) {
      check(!messaging::read_opaque_key(status->opaque, "a secret that nobody knows"));
    }
    if (const auto* inbound = std::get_if<messaging::InboundNews>(&*news)) {
      check(is_utf8(inbound->text));
      (void)messaging::is_opt_out(inbound->text);
    }
  }
  // The same bytes as a gateway's answer.
  http::Response response;
  response.body = std::string(body);
  for (int code : {200, 400, 500}) {
    response.status = code;
    auto answer = messaging::cloud_api::read_answer(response, 1);
    check(answer.party_failed == (code == 500));
  }
  return 0;
}
