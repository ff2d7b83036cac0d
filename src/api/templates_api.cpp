#include "api/templates_api.hpp"

#include "api/lists.hpp"
#include "api/merge_patch.hpp"
#include "api/route.hpp"
#include "services/templates.hpp"

namespace renova::api {
namespace {

using services::Template;
using services::TemplateContent;

struct CloudTemplateInput {
  std::string name;
  std::string language;
  std::optional<std::vector<std::string>> parameters;
};
BOOST_DESCRIBE_STRUCT(CloudTemplateInput, (), (name, language, parameters))

struct TemplateInput {
  std::string name;
  domain::MessageKind kind = domain::MessageKind::reminder;
  std::optional<std::string> plan_type;
  std::optional<domain::Locale> locale;
  std::string body;
  std::optional<std::vector<std::string>> variants;
  std::optional<services::TemplateMedia> media;
  std::optional<CloudTemplateInput> cloud_template;
  std::optional<bool> enabled;
};
BOOST_DESCRIBE_STRUCT(TemplateInput, (),
                      (name, kind, plan_type, locale, body, variants, media, cloud_template, enabled))

struct TemplateView {
  TemplateId id;
  std::string name;
  domain::MessageKind kind = domain::MessageKind::reminder;
  std::optional<std::string> plan_type;
  domain::Locale locale = domain::Locale::pt_br;
  std::string body;
  std::vector<std::string> variants;
  std::optional<services::TemplateMedia> media;
  std::optional<services::CloudTemplate> cloud_template;
  bool enabled = true;
  std::optional<std::string> stopped_reason;
  std::int64_t version = 1;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(TemplateView, (),
                      (id, name, kind, plan_type, locale, body, variants, media, cloud_template, enabled,
                       stopped_reason, version, created_at, updated_at))

struct TemplatesQuery : PageQuery {
  std::optional<domain::MessageKind> kind;
  std::optional<std::string> plan_type;
  std::optional<bool> enabled;
};
BOOST_DESCRIBE_STRUCT(TemplatesQuery, (PageQuery), (kind, plan_type, enabled))

struct PreviewInput {
  std::optional<ClientId> client_id;
  std::optional<SubscriptionId> subscription_id;
};
BOOST_DESCRIBE_STRUCT(PreviewInput, (), (client_id, subscription_id))

struct ValidateInput {
  std::string body;
  std::optional<std::string> name;
  std::optional<domain::MessageKind> kind;
  std::optional<std::string> plan_type;
  std::optional<domain::Locale> locale;
  std::optional<std::vector<std::string>> variants;
  std::optional<services::TemplateMedia> media;
  std::optional<CloudTemplateInput> cloud_template;
  std::optional<bool> enabled;
  std::optional<ClientId> client_id;
  std::optional<SubscriptionId> subscription_id;
};
BOOST_DESCRIBE_STRUCT(ValidateInput, (),
                      (body, name, kind, plan_type, locale, variants, media, cloud_template, enabled,
                       client_id, subscription_id))

struct PreviewView {
  bool valid = true;
  std::string text;
  std::int64_t length = 0; // code points
  std::vector<std::string> missing;
  bool too_long = false;
  std::vector<services::templates::RenderedText> variants;
  std::vector<std::string> variables;
  std::vector<std::string> cloud_parameters;
};
BOOST_DESCRIBE_STRUCT(PreviewView, (),
                      (valid, text, length, missing, too_long, variants, variables, cloud_parameters))

std::optional<services::CloudTemplate> mapping_of(const std::optional<CloudTemplateInput>& input) {
  if (!input) return std::nullopt;
  return services::CloudTemplate{input->name, input->language,
                                 input->parameters.value_or(std::vector<std::string>())};
}

TemplateContent content_of(const TemplateInput& input, domain::Locale locale) {
  TemplateContent content;
  content.name = input.name;
  content.kind = input.kind;
  content.plan_type = input.plan_type;
  content.locale = input.locale.value_or(locale);
  content.body = input.body;
  content.variants = input.variants.value_or(std::vector<std::string>());
  content.media = input.media;
  content.cloud_template = mapping_of(input.cloud_template);
  content.enabled = input.enabled.value_or(true);
  return content;
}

TemplateInput input_of(const TemplateContent& content) {
  TemplateInput input;
  input.name = content.name;
  input.kind = content.kind;
  input.plan_type = content.plan_type;
  input.locale = content.locale;
  input.body = content.body;
  input.variants = content.variants;
  input.media = content.media;
  if (const auto& mapping = content.cloud_template) {
    input.cloud_template = CloudTemplateInput{mapping->name, mapping->language, mapping->parameters};
  }
  input.enabled = content.enabled;
  return input;
}

TemplateView view_of(const Template& found) {
  const TemplateContent& content = found.content;
  return {found.id,          content.name,         content.kind,
          content.plan_type, content.locale,       content.body,
          content.variants,  content.media,        content.cloud_template,
          content.enabled,   found.stopped_reason, found.version,
          found.created_at,  found.updated_at};
}

PreviewView view_of(services::templates::Preview preview) {
  return {true,
          std::move(preview.body.text),
          preview.body.length,
          std::move(preview.body.missing),
          preview.body.too_long,
          std::move(preview.variants),
          std::move(preview.variables),
          std::move(preview.cloud_parameters)};
}

result<storage::TemplatePageQuery> store_query(const TemplatesQuery& query, const Paging& page) {
  storage::TemplatePageQuery out;
  out.by_name = page.sort_field == "name";
  out.descending = page.descending;
  out.limit = page.limit + 1;
  out.kind = query.kind;
  out.plan_type = query.plan_type;
  out.enabled = query.enabled;
  if (!page.after) return out;
  out.after_id = TemplateId(page.after->id);
  if (out.by_name) {
    TRY(out.after_name, cursor_text(*page.after));
  } else {
    TRY(std::int64_t at, cursor_number(*page.after));
    out.after_created = Instant{at};
  }
  return out;
}

result<Unit> list_templates(const Call& call) {
  TRY(TemplatesQuery query, call.query<TemplatesQuery>());
  TRY(Paging page, paging(query, {"name", "created_at"}, "name"));
  TRY(storage::TemplatePageQuery wanted, store_query(query, page));
  return Unit([page, wanted](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(auto rows, services::templates::list(tx, wanted));
    auto key = [&](const Template& row) -> Cursor::Value {
      if (wanted.by_name) return row.content.name;
      return row.created_at.us;
    };
    auto list =
        cut_page<TemplateView>(page, std::move(rows), key, [](const Template& row) { return view_of(row); });
    if (page.with_total) {
      TRY(list.total, services::templates::count(tx, wanted));
    }
    return ok(list);
  });
}

result<Unit> create_template(const Call& call) {
  TRY(TemplateInput input, call.body<TemplateInput>());
  return Unit(
      [input, now = call.now(), actor = call.actor()](storage::TenantTransaction& tx) -> result<Reply> {
        TRY(domain::Locale locale, services::templates::tenant_locale(tx));
        TRY(Template made, services::templates::create(tx, now, actor, content_of(input, locale)));
        return created(view_of(made), "/api/v1/templates/" + made.id.str(), made.version);
      });
}

result<Unit> get_template(const Call& call) {
  TRY(TemplateId id, call.id<TemplateId>());
  return Unit([id](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Template found, services::templates::get(tx, id));
    return ok(view_of(found), found.version);
  });
}

result<Unit> update_template(const Call& call) {
  TRY(TemplateId id, call.id<TemplateId>());
  TRY(auto patch, call.body<MergePatch<TemplateInput>>());
  auto work = [id, patch, now = call.now(), actor = call.actor(),
               expected = call.if_match()](storage::TenantTransaction& tx) -> result<Reply> {
    auto change = [&](TemplateContent& content) -> result<void> {
      TRY(TemplateInput wanted, patch.onto(input_of(content)));
      content = content_of(wanted, content.locale);
      return {};
    };
    TRY(Template changed, services::templates::update(tx, now, actor, id, expected, change));
    return ok(view_of(changed), changed.version);
  };
  return Unit(work);
}

result<Unit> delete_template(const Call& call) {
  TRY(TemplateId id, call.id<TemplateId>());
  auto work = [id, now = call.now(), actor = call.actor(),
               expected = call.if_match()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY_DO(services::templates::remove(tx, now, actor, id, expected));
    return no_content();
  };
  return Unit(work);
}

result<Reply> shown(storage::TenantTransaction& tx, const TemplateContent& content,
                    const services::templates::PreviewSubject& subject, Instant now) {
  TRY(auto values, services::templates::values_for(tx, subject, content.locale, now));
  TRY(auto preview, services::templates::preview(content, values));
  return ok(view_of(std::move(preview)));
}

result<Unit> preview_template(const Call& call) {
  TRY(TemplateId id, call.id<TemplateId>());
  TRY(PreviewInput input, call.body_or_empty<PreviewInput>());
  return Unit([id, input, now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Template found, services::templates::get(tx, id));
    return shown(tx, found.content, {input.client_id, input.subscription_id}, now);
  });
}

result<Unit> validate_template(const Call& call) {
  TRY(ValidateInput input, call.body<ValidateInput>());
  TemplateInput given;
  given.name = input.name.value_or("-"); // a text can be tried before it has a name
  given.kind = input.kind.value_or(domain::MessageKind::reminder);
  given.plan_type = input.plan_type;
  given.locale = input.locale;
  given.body = input.body;
  given.variants = input.variants;
  given.media = input.media;
  given.cloud_template = input.cloud_template;
  TRY(TemplateContent probe, services::templates::check(content_of(given, domain::Locale::pt_br)));
  services::templates::PreviewSubject subject{input.client_id, input.subscription_id};
  auto work = [probe, subject, locale = input.locale,
               now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TemplateContent content = probe;
    if (!locale) {
      TRY(content.locale, services::templates::tenant_locale(tx));
    }
    return shown(tx, content, subject, now);
  };
  return Unit(work);
}

constexpr std::string_view kTemplateExample =
    R"({"name":"3 dias antes","kind":"reminder","plan_type":null,"locale":"pt-BR",)"
    R"("body":"Olá {nome}, seu plano {plano} vence em {vencimento}.","variants":[],)"
    R"("cloud_template":{"name":"vencimento_plano","language":"pt_BR","parameters":["nome","valor"]}})";

} // namespace

void add_template_routes(RouteTable& routes) {
  constexpr auto normal = RateClass::normal;
  routes
      .get("/api/v1/templates", Role::viewer, normal, "listTemplates", "Message templates, a page at a time")
      .query<TemplatesQuery>()
      .answers<Page<TemplateView>>()
      .read(list_templates);
  routes.post("/api/v1/templates", Role::admin, normal, "createTemplate", "A new message template")
      .takes<TemplateInput>(kTemplateExample)
      .answers<TemplateView>(201)
      .write(create_template);
  routes
      .post("/api/v1/templates/validate", Role::viewer, normal, "validateTemplate",
            "Checks a text that is not stored and shows how it comes out")
      .takes<ValidateInput>()
      .answers<PreviewView>()
      .read(validate_template);
  routes.get("/api/v1/templates/{id}", Role::viewer, normal, "getTemplate", "One message template")
      .answers<TemplateView>()
      .read(get_template);
  routes.patch("/api/v1/templates/{id}", Role::admin, normal, "updateTemplate", "Changes a message template")
      .takes<MergePatch<TemplateInput>>()
      .answers<TemplateView>()
      .conditional()
      .write(update_template);
  routes
      .del("/api/v1/templates/{id}", Role::admin, normal, "deleteTemplate",
           "Deletes a message template that no rule and no waiting message uses")
      .answers_nothing()
      .conditional()
      .write(delete_template);
  routes
      .post("/api/v1/templates/{id}/preview", Role::viewer, normal, "previewTemplate",
            "How a template comes out for a client, or for an invented one")
      .takes<PreviewInput>()
      .answers<PreviewView>()
      .read(preview_template);
}

} // namespace renova::api
