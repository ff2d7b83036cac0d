#include "storage/renewal_store.hpp"

#include "storage/sql/renewals.hpp"

namespace renova::storage {

result<void> insert_renewal(TenantTransaction& tx, const RenewalRow& r) {
  TRY_DO(tx.run(sql::renewal_insert, {{"id", r.id},
                                      {"subscription_id", r.subscription_id},
                                      {"client_id", r.client_id},
                                      {"from_expires_on", r.from_expires_on},
                                      {"to_expires_on", r.to_expires_on},
                                      {"term", r.term},
                                      {"paid", r.paid},
                                      {"amount", r.amount},
                                      {"currency", r.currency},
                                      {"method", r.method},
                                      {"note", r.note},
                                      {"actor", r.actor},
                                      {"before_json", r.before_json},
                                      {"subscription_version", r.subscription_version},
                                      {"created_at", r.created_at}}));
  return {};
}

result<RenewalRow> get_renewal(TenantTransaction& tx, RenewalId id) {
  TRY(auto found, tx.first<RenewalRow>(sql::renewal_get, {{"id", id}}));
  if (!found) return Error(ErrorCode::not_found, "there is no such renewal");
  return std::move(*found);
}

result<bool> renewed_since(TenantTransaction& tx, const RenewalRow& renewal) {
  TRY(auto later, tx.first<std::int64_t>(sql::renewal_standing_later,
                                         {{"subscription_id", renewal.subscription_id},
                                          {"subscription_version", renewal.subscription_version}}));
  return later.value_or(0) > 0;
}

result<bool> mark_renewal_undone(TenantTransaction& tx, RenewalId id, Instant now) {
  TRY(auto changed, tx.run(sql::renewal_mark_undone, {{"id", id}, {"now", now}}));
  return changed > 0;
}

result<std::vector<RenewalRow>> list_renewals(TenantTransaction& tx, ClientId client, bool ascending,
                                              int limit, const std::optional<RenewalAfter>& after) {
  using sql::RenewalsPage;
  const RenewalAfter from = after.value_or(RenewalAfter{});
  return tx.all<RenewalRow>(
      sql::renewals_page.pick(ascending ? RenewalsPage::Dir::asc : RenewalsPage::Dir::desc,
                              after ? RenewalsPage::after : FamilyFilters{}),
      {{"client_id", client}, {"limit", limit}, {"after_at", from.created_at}, {"after_id", from.id}});
}

result<void> insert_payment(TenantTransaction& tx, const PaymentRow& p, Instant now) {
  TRY_DO(tx.run(sql::payment_insert, {{"id", p.id},
                                      {"client_id", p.client_id},
                                      {"subscription_id", p.subscription_id},
                                      {"renewal_id", p.renewal_id},
                                      {"amount", p.amount},
                                      {"currency", p.currency},
                                      {"method", p.method},
                                      {"now", now}}));
  return {};
}

result<void> undo_payments_of(TenantTransaction& tx, RenewalId renewal, Instant now) {
  TRY_DO(tx.run(sql::payments_undo_of_renewal, {{"renewal_id", renewal}, {"now", now}}));
  return {};
}

result<std::vector<MessageId>> open_thanks(TenantTransaction& tx, SubscriptionId subscription,
                                           Instant since) {
  return tx.all<MessageId>(sql::renewal_open_thanks,
                           {{"subscription_id", subscription}, {"created_at", since}});
}

} // namespace renova::storage
