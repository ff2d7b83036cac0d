#include "services/templates.hpp"

#include "base/text.hpp"
#include "services/json_text.hpp"
#include "storage/onboarding_store.hpp"

#include <algorithm>

namespace renova::services::templates {
namespace {

Error no_such_template() { return Error(ErrorCode::not_found, "there is no such template"); }

storage::TemplateRow to_row(TemplateId id, const TemplateContent& content) {
  storage::TemplateRow row;
  row.id = id;
  row.name = content.name;
  row.kind = content.kind;
  row.plan_type = content.plan_type;
  row.locale = content.locale;
  row.body = content.body;
  row.variants = json_text::write(content.variants);
  if (content.media) row.media = json_text::write(*content.media);
  if (content.cloud_template) row.cloud_template = json_text::write(*content.cloud_template);
  row.enabled = content.enabled;
  return row;
}

// For the audit record.
std::string describe(const TemplateContent& content) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.field("name", content.name);
  writer.field("kind", domain::to_text(content.kind));
  writer.key("plan_type");
  json_text::write_value(writer, content.plan_type);
  writer.field("locale", domain::to_text(content.locale));
  writer.field("body", content.body);
  writer.key("variants");
  json_text::write_value(writer, content.variants);
  writer.key("media");
  json_text::write_value(writer, content.media);
  writer.key("cloud_template");
  json_text::write_value(writer, content.cloud_template);
  writer.field("enabled", content.enabled);
  writer.end_object();
  return out;
}

result<storage::TemplateRow> load(storage::TenantTransaction& tx, TemplateId id,
                                  std::optional<std::int64_t> expected) {
  TRY(auto row, storage::template_store::get(tx, id));
  if (!row) return no_such_template();
  if (expected && *expected != row->version) {
    return Error(ErrorCode::version_mismatch, "the template has been changed since that version");
  }
  return std::move(*row);
}

RenderedText shown(const domain::Rendered& rendered) {
  RenderedText out;
  out.text = rendered.text;
  out.length = static_cast<std::int64_t>(count_code_points(rendered.text));
  for (domain::Variable variable : rendered.missing) out.missing.emplace_back(domain::to_text(variable));
  out.too_long = rendered.too_long;
  return out;
}

} // namespace

result<Template> from_row(const storage::TemplateRow& row) {
  Template out;
  out.id = row.id;
  out.content.name = row.name;
  out.content.kind = row.kind;
  out.content.plan_type = row.plan_type;
  out.content.locale = row.locale;
  out.content.body = row.body;
  TRY(out.content.variants, json_text::read<std::vector<std::string>>(row.variants, "list of variants"));
  if (row.media) {
    TRY(out.content.media, json_text::read<TemplateMedia>(*row.media, "media"));
  }
  if (row.cloud_template) {
    TRY(out.content.cloud_template, json_text::read<CloudTemplate>(*row.cloud_template, "template mapping"));
  }
  out.content.enabled = row.enabled;
  out.stopped_reason = row.stopped_reason;
  out.version = row.version;
  out.created_at = row.created_at;
  out.updated_at = row.updated_at;
  return out;
}

result<Template> create(storage::TenantTransaction& tx, Instant now, const Actor& actor,
                        TemplateContent content) {
  TRY(TemplateContent checked, check(std::move(content)));
  TRY(std::int64_t present, storage::template_store::count(tx, {}));
  if (present >= kMaxTemplates) {
    return Error(ErrorCode::limit_exceeded, "there are 500 templates already, as many as there may be");
  }
  TemplateId id = TemplateId::make(now);
  TRY_DO(storage::template_store::insert(tx, to_row(id, checked), now));
  TRY_DO(record(tx, now, actor, {"template_created", "template", id.str(), {}, describe(checked)}));
  return get(tx, id);
}

result<Template> get(storage::TenantTransaction& tx, TemplateId id) {
  TRY(auto row, load(tx, id, std::nullopt));
  return from_row(row);
}

result<std::vector<Template>> list(storage::TenantTransaction& tx, const storage::TemplatePageQuery& query) {
  TRY(auto rows, storage::template_store::page(tx, query));
  std::vector<Template> out;
  for (const auto& row : rows) {
    TRY(out.emplace_back(), from_row(row));
  }
  return out;
}

result<std::int64_t> count(storage::TenantTransaction& tx, const storage::TemplatePageQuery& query) {
  return storage::template_store::count(tx, query);
}

result<domain::Locale> tenant_locale(storage::TenantTransaction& tx) {
  TRY(auto tenant, storage::onboarding_store::tenant_brief(tx));
  return tenant.locale;
}

result<Template> update(storage::TenantTransaction& tx, Instant now, const Actor& actor, TemplateId id,
                        std::optional<std::int64_t> expected,
                        const std::function<result<void>(TemplateContent&)>& change) {
  TRY(auto row, load(tx, id, expected));
  TRY(Template before, from_row(row));
  TemplateContent wanted = before.content;
  TRY_DO(change(wanted));
  TRY(TemplateContent checked, check(std::move(wanted)));
  if (checked == before.content && !before.stopped_reason) return before;
  storage::TemplateRow changed = to_row(id, checked);
  changed.version = row.version;
  TRY_DO(storage::template_store::update(tx, changed, now));
  TRY_DO(record(tx, now, actor,
                {"template_updated", "template", id.str(), describe(before.content), describe(checked)}));
  return get(tx, id);
}

result<void> remove(storage::TenantTransaction& tx, Instant now, const Actor& actor, TemplateId id,
                    std::optional<std::int64_t> expected) {
  TRY(auto row, load(tx, id, expected));
  TRY(auto rule, storage::template_store::rule_using(tx, id));
  if (rule) {
    Error in_use(ErrorCode::conflict, "a reminder rule uses this template: choose another one there first");
    in_use.about = rule->str();
    return in_use;
  }
  TRY(auto message, storage::template_store::message_using(tx, id));
  if (message) {
    Error in_use(ErrorCode::conflict, "a message that waits in the queue uses this template");
    in_use.about = message->str();
    return in_use;
  }
  TRY(Template before, from_row(row));
  TRY_DO(storage::template_store::remove(tx, id, row.version));
  return record(tx, now, actor, {"template_deleted", "template", id.str(), describe(before.content), {}});
}

result<Preview> preview(const TemplateContent& content, const domain::TemplateValues& values) {
  Preview out;
  auto add_variables = [&](const domain::TemplateText& text) {
    for (domain::Variable variable : text.variables()) {
      std::string name(domain::to_text(variable));
      if (std::find(out.variables.begin(), out.variables.end(), name) == out.variables.end()) {
        out.variables.push_back(std::move(name));
      }
    }
  };
  TRY(auto body, domain::parse_template(content.body));
  out.body = shown(domain::render(body, values));
  add_variables(body);
  for (const auto& variant : content.variants) {
    TRY(auto text, domain::parse_template(variant));
    out.variants.push_back(shown(domain::render(text, values)));
    add_variables(text);
  }
  if (content.cloud_template) {
    for (const auto& name : content.cloud_template->parameters) {
      TRY(out.cloud_parameters.emplace_back(), domain::parameter_value(name, values));
    }
  }
  return out;
}

} // namespace renova::services::templates
