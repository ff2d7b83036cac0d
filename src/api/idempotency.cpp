#include "api/idempotency.hpp"

#include "base/crypto.hpp"
#include "services/idempotency_store.hpp"

#include <algorithm>

namespace renova::api {
namespace {

// What of a Reply is kept beside status and body.
struct KeptHeaders {
  std::string location;
  std::optional<std::int64_t> version;
  std::string content_type;
};
BOOST_DESCRIBE_STRUCT(KeptHeaders, (), (location, version, content_type))

} // namespace

result<std::optional<IdempotencyKey>> idempotency_key(const Call& call, std::string_view operation_id) {
  std::string_view text = call.request().headers.get("Idempotency-Key");
  if (text.empty() && !call.request().headers.has("Idempotency-Key")) return std::optional<IdempotencyKey>();
  bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (text.empty() || text.size() > kIdempotencyKeyMax || !printable) {
    return Error(ErrorCode::malformed, "Idempotency-Key must be 1 to 255 printable ASCII characters");
  }
  const Principal& who = call.principal();
  IdempotencyKey key;
  key.principal = who.is_api_key() ? "api_key:" + who.api_key.str() : "user:" + who.user.str();
  key.route = operation_id;
  key.key = text;
  key.fingerprint = sha256(call.request().method + "\n" + call.request().target + "\n" + call.request().body);
  return std::optional<IdempotencyKey>(std::move(key));
}

result<Reply> run_once(storage::TenantTransaction& tx, const IdempotencyKey& key, const Unit& unit,
                       Instant now) {
  services::IdempotencyName name{key.principal, key.route, key.key};
  TRY(bool claimed, services::claim_idempotency(tx, name, key.fingerprint, now));
  if (!claimed) {
    TRY(auto kept, services::find_idempotency(tx, name));
    bool alive = kept && now - kept->created_at < kIdempotencyLifetime;
    if (alive && std::string_view(reinterpret_cast<const char*>(kept->fingerprint.data()),
                                  kept->fingerprint.size()) != key.fingerprint) {
      return Error(ErrorCode::idempotency_mismatch, "this Idempotency-Key was used for another request");
    }
    if (alive) {
      TRY(auto json, parse_json(kept->headers));
      TRY(KeptHeaders headers, decode<KeptHeaders>(json));
      Reply reply;
      reply.status = static_cast<int>(kept->status);
      reply.body = std::move(kept->body);
      reply.location = std::move(headers.location);
      reply.version = headers.version;
      reply.content_type = std::move(headers.content_type);
      reply.headers.push_back({"Idempotent-Replayed", "true"});
      return reply;
    }
  }
  TRY(Reply reply, unit(tx));
  std::string headers = encode(KeptHeaders{reply.location, reply.version, reply.content_type});
  TRY_DO(services::finish_idempotency(tx, name, {key.fingerprint, reply.status, headers, reply.body}, now));
  return reply;
}

} // namespace renova::api
