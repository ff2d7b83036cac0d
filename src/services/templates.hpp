// Message templates: what a business may write, and what becomes of it.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "domain/locale.hpp"
#include "domain/message.hpp"
#include "domain/template_text.hpp"
#include "services/audit.hpp"
#include "storage/template_store.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace renova::services {

// The template of WhatsApp's own that a message goes out by on the Cloud API (PROTOCOLS.md §1.2).
// `parameters` name our variables, in the order of {{1}}, {{2}}, … of its body.
struct CloudTemplate {
  std::string name;     // [a-z0-9_]{1,512}
  std::string language; // "pt_BR", "en"
  std::vector<std::string> parameters;
  friend bool operator==(const CloudTemplate&, const CloudTemplate&) = default;
};
BOOST_DESCRIBE_STRUCT(CloudTemplate, (), (name, language, parameters))

// A picture or file that goes with the text, fetched by the gateway from a public address.
struct TemplateMedia {
  std::string type;                    // "image", "video", "document"
  std::string link;                    // https
  std::optional<std::string> filename; // of a document
  friend bool operator==(const TemplateMedia&, const TemplateMedia&) = default;
};
BOOST_DESCRIBE_STRUCT(TemplateMedia, (), (type, link, filename))

// Everything that an owner decides about a template.
struct TemplateContent {
  std::string name;
  domain::MessageKind kind = domain::MessageKind::reminder;
  std::optional<std::string> plan_type; // none: for all
  domain::Locale locale = domain::Locale::pt_br;
  std::string body;
  std::vector<std::string> variants; // other wordings; a message uses the body or one of them
  std::optional<TemplateMedia> media;
  std::optional<CloudTemplate> cloud_template;
  bool enabled = true;
  friend bool operator==(const TemplateContent&, const TemplateContent&) = default;
};

struct Template {
  TemplateId id;
  TemplateContent content;
  std::optional<std::string> stopped_reason; // the gateway refused it; a change starts it again
  std::int64_t version = 1;
  Instant created_at;
  Instant updated_at;
};

namespace templates {

inline constexpr std::int64_t kMaxTemplates = 500; // of one tenant
inline constexpr std::size_t kMaxCloudParameters = 20;
inline constexpr std::size_t kMaxLinkLength = 2048;

// The content as it is stored: texts sanitised, every broken rule with its pointer. An unknown variable is
// unknown_variable at /body (or /variants/n, /cloud_template/parameters/n) with its place in the detail.
result<TemplateContent> check(TemplateContent content);

// The rules of the parts alone. Pointers are relative.
result<CloudTemplate> check_cloud_template(CloudTemplate mapping);
result<TemplateMedia> check_media(TemplateMedia media);

// The row as the program sees it. Error: internal, for a row that no version of this program wrote.
result<Template> from_row(const storage::TemplateRow& row);

// Errors: validation_failed, limit_exceeded.
result<Template> create(storage::TenantTransaction& tx, Instant now, const Actor& actor,
                        TemplateContent content);
// Error: not_found.
result<Template> get(storage::TenantTransaction& tx, TemplateId id);
result<std::vector<Template>> list(storage::TenantTransaction& tx, const storage::TemplatePageQuery& query);
// Of all pages.
result<std::int64_t> count(storage::TenantTransaction& tx, const storage::TemplatePageQuery& query);
// The language of a template that does not name one.
result<domain::Locale> tenant_locale(storage::TenantTransaction& tx);
// Applies `change` to the present content and checks the outcome. Errors: not_found, version_mismatch
// (`expected` is another version), validation_failed.
result<Template> update(storage::TenantTransaction& tx, Instant now, const Actor& actor, TemplateId id,
                        std::optional<std::int64_t> expected,
                        const std::function<result<void>(TemplateContent&)>& change);
// Errors: not_found, version_mismatch, conflict (a rule or a waiting message uses it; `about` is its id).
result<void> remove(storage::TenantTransaction& tx, Instant now, const Actor& actor, TemplateId id,
                    std::optional<std::int64_t> expected);

// How one text of a template comes out.
struct RenderedText {
  std::string text;
  std::int64_t length = 0;          // code points
  std::vector<std::string> missing; // variables without a value: the message would be held
  bool too_long = false;
};
BOOST_DESCRIBE_STRUCT(RenderedText, (), (text, length, missing, too_long))

struct Preview {
  RenderedText body;
  std::vector<RenderedText> variants;
  std::vector<std::string> variables;        // used by any of the texts, each once
  std::vector<std::string> cloud_parameters; // the values for the Cloud API template; empty without one
};

// `content` must have passed check().
result<Preview> preview(const TemplateContent& content, const domain::TemplateValues& values);

// An invented client's values, for previews without a real one. `today` in the tenant's zone.
domain::TemplateValues sample_values(domain::Locale locale, Date today, std::string_view business);

// Whose values a preview shows; neither: an invented client's.
struct PreviewSubject {
  std::optional<ClientId> client;
  std::optional<SubscriptionId> subscription; // none: the client's that falls due first
};
// Errors: validation_failed at /client_id or /subscription_id when there is no such object.
result<domain::TemplateValues> values_for(storage::TenantTransaction& tx, const PreviewSubject& subject,
                                          domain::Locale locale, Instant now);

} // namespace templates
} // namespace renova::services
