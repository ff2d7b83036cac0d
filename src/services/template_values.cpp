// The values that a preview puts into a template.
#include "domain/calendar.hpp"
#include "services/templates.hpp"
#include "storage/message_store.hpp"
#include "storage/onboarding_store.hpp"

namespace renova::services::templates {
namespace {

result<storage::TemplateSubjectRow> load_subject(storage::TenantTransaction& tx,
                                                 const PreviewSubject& subject) {
  std::optional<ClientId> client = subject.client;
  if (!client) {
    TRY(client, storage::template_store::client_of(tx, *subject.subscription));
    if (!client) return field_error("/subscription_id", "not_found", "there is no such subscription");
  }
  std::optional<SubscriptionId> subscription = subject.subscription;
  if (!subscription) {
    TRY(subscription, storage::message_store::first_subscription(tx, *client));
  }
  TRY(auto row, storage::template_store::subject(tx, *client, subscription));
  if (!row) return field_error("/client_id", "not_found", "there is no such client");
  if (subject.subscription && !row->expires_on) {
    return field_error("/subscription_id", "not_found", "the client has no such subscription");
  }
  return std::move(*row);
}

} // namespace

domain::TemplateValues sample_values(domain::Locale locale, Date today, std::string_view business) {
  domain::ValueSource source;
  source.name = locale == domain::Locale::en ? "Mary Stone" : "Maria da Silva";
  source.plan = locale == domain::Locale::en ? "Monthly plan" : "Plano Mensal";
  source.plan_type = "IPTV";
  source.value = domain::Money{3500, {}};
  source.due_on = today + 3;
  source.today = today;
  source.pix = "pix@example.com";
  source.pix_copy = "00020126360014br.gov.bcb.pix0114pix@example.com5204000053039865802BR6304ABCD";
  source.payment_link = "https://example.com/pay";
  source.business = business.empty() ? "Renova" : business;
  source.support = "+55 11 98765-4321";
  source.locale = locale;
  return domain::make_values(source);
}

result<domain::TemplateValues> values_for(storage::TenantTransaction& tx, const PreviewSubject& subject,
                                          domain::Locale locale, Instant now) {
  TRY(auto tenant, storage::onboarding_store::tenant_brief(tx));
  TRY(domain::TimeZone zone, domain::TimeZone::find(tenant.time_zone));
  Date today = zone.today(now);
  if (!subject.client && !subject.subscription) return sample_values(locale, today, tenant.name);

  TRY(auto row, load_subject(tx, subject));
  domain::ValueSource source;
  source.name = row.name;
  source.plan = row.plan_name ? *row.plan_name : std::string_view();
  source.plan_type = row.plan_type ? *row.plan_type : std::string_view();
  if (row.price_amount) {
    TRY(domain::Currency currency, domain::Currency::parse(*row.price_currency));
    source.value = domain::Money{*row.price_amount, currency};
  }
  source.due_on = row.expires_on;
  source.today = today;
  source.pix = tenant.pix_key ? *tenant.pix_key : std::string_view();
  source.support = tenant.support_phone ? *tenant.support_phone : std::string_view();
  source.business = tenant.name;
  source.locale = locale;
  return domain::make_values(source);
}

} // namespace renova::services::templates
