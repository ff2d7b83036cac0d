// Message templates as rows. Lists and structures are JSON text here; services::templates reads them.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "domain/locale.hpp"
#include "domain/message.hpp"
#include "storage/database.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace renova::storage {

struct TemplateRow {
  TemplateId id;
  std::string name;
  domain::MessageKind kind = domain::MessageKind::custom;
  std::optional<std::string> plan_type; // none: for all
  domain::Locale locale = domain::Locale::pt_br;
  std::string body;
  std::string variants = "[]";               // JSON list of texts
  std::optional<std::string> media;          // JSON object
  std::optional<std::string> cloud_template; // JSON object
  bool enabled = true;
  std::optional<std::string> stopped_reason; // set by the sender when the gateway refused the template
  std::int64_t version = 1;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(TemplateRow, (),
                      (id, name, kind, plan_type, locale, body, variants, media, cloud_template, enabled,
                       stopped_reason, version, created_at, updated_at))

// A page of a tenant's templates; the sort key of the row before it is a text or an instant.
struct TemplatePageQuery {
  bool by_name = true; // else by created_at
  bool descending = false;
  int limit = 20;
  std::optional<std::string> after_name; // with by_name
  std::optional<Instant> after_created;  // else
  TemplateId after_id;
  std::optional<domain::MessageKind> kind;
  std::optional<std::string> plan_type;
  std::optional<bool> enabled;
};

// A client as a template's variables see it; the subscription's columns are empty without one.
struct TemplateSubjectRow {
  std::string name;
  std::optional<std::string> plan_type;
  std::optional<std::string> plan_name;
  std::optional<std::int64_t> price_amount;
  std::optional<std::string> price_currency;
  std::optional<Date> expires_on;
};
BOOST_DESCRIBE_STRUCT(TemplateSubjectRow, (),
                      (name, plan_type, plan_name, price_amount, price_currency, expires_on))

namespace template_store {

// `row.version`, `created_at` and `updated_at` are set by the store.
result<void> insert(TenantTransaction& tx, const TemplateRow& row, Instant now);
result<std::optional<TemplateRow>> get(TenantTransaction& tx, TemplateId id);
result<std::vector<TemplateRow>> page(TenantTransaction& tx, const TemplatePageQuery& query);
result<std::int64_t> count(TenantTransaction& tx, const TemplatePageQuery& filters);
// Both need the version that was read. Error: version_mismatch.
result<void> update(TenantTransaction& tx, const TemplateRow& row, Instant now);
result<void> remove(TenantTransaction& tx, TemplateId id, std::int64_t version);
// A rule, or a message that still waits, which uses the template; none: it can go.
result<std::optional<RuleId>> rule_using(TenantTransaction& tx, TemplateId id);
result<std::optional<MessageId>> message_using(TenantTransaction& tx, TemplateId id);

// None: there is no such client. `subscription` counts only when it is the client's own.
result<std::optional<TemplateSubjectRow>> subject(TenantTransaction& tx, ClientId client,
                                                  std::optional<SubscriptionId> subscription);
result<std::optional<ClientId>> client_of(TenantTransaction& tx, SubscriptionId subscription);

} // namespace template_store
} // namespace renova::storage
