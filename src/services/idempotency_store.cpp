#include "services/idempotency_store.hpp"

#include "storage/sql/identity.hpp"

namespace renova::services {

namespace sql = storage::sql;

result<bool> claim_idempotency(storage::TenantTransaction& tx, const IdempotencyName& name,
                               std::string_view fingerprint, Instant now) {
  storage::Bytes bytes(fingerprint.begin(), fingerprint.end());
  TRY(auto changed, tx.run(sql::idempotency_claim, {{"principal", name.principal},
                                                    {"route", name.route},
                                                    {"key", name.key},
                                                    {"fingerprint", bytes},
                                                    {"now", now}}));
  return changed == 1;
}

result<std::optional<IdempotencyRow>> find_idempotency(storage::TenantTransaction& tx,
                                                       const IdempotencyName& name) {
  return tx.first<IdempotencyRow>(sql::idempotency_get,
                                  {{"principal", name.principal}, {"route", name.route}, {"key", name.key}});
}

result<void> finish_idempotency(storage::TenantTransaction& tx, const IdempotencyName& name,
                                const IdempotencyAnswer& answer, Instant now) {
  storage::Bytes bytes(answer.fingerprint.begin(), answer.fingerprint.end());
  TRY_DO(tx.run(sql::idempotency_finish, {{"principal", name.principal},
                                          {"route", name.route},
                                          {"key", name.key},
                                          {"fingerprint", bytes},
                                          {"status", answer.status},
                                          {"headers", answer.headers},
                                          {"body", answer.body},
                                          {"now", now}}));
  return {};
}

} // namespace renova::services
