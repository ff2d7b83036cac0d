// What a template must look like.
#include "base/text.hpp"
#include "domain/field_errors.hpp"
#include "domain/text_rules.hpp"
#include "services/templates.hpp"

#include <algorithm>

namespace renova::services::templates {
namespace {

constexpr std::size_t kMaxCloudNameLength = 512;

bool is_cloud_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxCloudNameLength) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

// "pt_BR", "en", "fil": WhatsApp's own list of languages is longer than what we could keep here, its form is
// not.
bool is_cloud_language(std::string_view text) {
  auto language = text.substr(0, text.find('_'));
  auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  if (language.size() < 2 || language.size() > 3) return false;
  if (!std::all_of(language.begin(), language.end(), lower)) return false;
  if (language.size() == text.size()) return true;
  auto region = text.substr(language.size() + 1);
  return region.size() >= 2 && region.size() <= 4 && std::all_of(region.begin(), region.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

// The stored text of one body: sanitised, and every variable known.
result<std::string> check_text(std::string_view text) {
  TRY(std::string body, domain::parse_body(text));
  TRY_DO(domain::parse_template(body));
  return body;
}

void check_variants(TemplateContent& content, domain::FieldErrors& errors) {
  if (content.variants.size() > domain::kMaxVariants) {
    errors.add("/variants", "too_many", "has at most 10 texts");
    return;
  }
  for (std::size_t i = 0; i < content.variants.size(); ++i) {
    auto text = errors.take("/variants/" + std::to_string(i), check_text(content.variants[i]));
    if (text) content.variants[i] = std::move(*text);
  }
}

} // namespace

result<CloudTemplate> check_cloud_template(CloudTemplate mapping) {
  domain::FieldErrors errors;
  if (!is_cloud_name(mapping.name)) {
    errors.add("/name", "invalid_format", "must be 1 to 512 of a–z, 0–9 and _");
  }
  if (!is_cloud_language(mapping.language)) {
    errors.add("/language", "invalid_format", "must be a WhatsApp language code such as pt_BR");
  }
  if (mapping.parameters.size() > kMaxCloudParameters) {
    errors.add("/parameters", "too_many", "has at most 20 names");
    mapping.parameters.resize(kMaxCloudParameters);
  }
  for (std::size_t i = 0; i < mapping.parameters.size(); ++i) {
    auto& name = mapping.parameters[i];
    name = std::string(trim(name));
    domain::Variable variable{};
    if (domain::from_text(name, variable)) continue;
    std::string shown(prefix(name, 40));
    errors.add("/parameters/" + std::to_string(i), "unknown_variable", "\"" + shown + "\" is no variable");
  }
  TRY_DO(errors.finish());
  return mapping;
}

result<TemplateMedia> check_media(TemplateMedia media) {
  domain::FieldErrors errors;
  if (media.type != "image" && media.type != "video" && media.type != "document") {
    errors.add("/type", "unknown_value", "must be image, video or document");
  }
  bool plain = is_utf8(media.link) && !has_control(media.link) && media.link.find(' ') == std::string::npos;
  bool long_enough = media.link.size() > std::string_view("https://").size();
  if (!media.link.starts_with("https://") || !plain || !long_enough || media.link.size() > kMaxLinkLength) {
    errors.add("/link", "invalid_url", "must be an https address of at most 2048 characters");
  }
  if (media.filename) {
    auto line = errors.take("/filename", domain::parse_line(*media.filename));
    if (line) media.filename = line->empty() ? std::nullopt : std::optional(std::move(*line));
    if (media.filename && media.type != "document") {
      errors.add("/filename", "not_allowed", "only a document has a file name");
    }
  }
  TRY_DO(errors.finish());
  return media;
}

result<TemplateContent> check(TemplateContent content) {
  domain::FieldErrors errors;
  if (auto name = errors.take("/name", domain::parse_label(content.name))) content.name = std::move(*name);
  if (!domain::has_templates(content.kind)) {
    errors.add("/kind", "unknown_value",
               "must be reminder, due_today, overdue, renewed, welcome, promo or custom");
  }
  if (content.plan_type) {
    auto type = errors.take("/plan_type", domain::parse_plan_type(*content.plan_type));
    if (type) content.plan_type = std::move(*type);
  }
  if (auto body = errors.take("/body", check_text(content.body))) content.body = std::move(*body);
  check_variants(content, errors);
  if (content.media) {
    if (auto media = errors.take("/media", check_media(*content.media))) content.media = std::move(*media);
  }
  if (content.cloud_template) {
    auto mapping = errors.take("/cloud_template", check_cloud_template(*content.cloud_template));
    if (mapping) content.cloud_template = std::move(*mapping);
  }
  TRY_DO(errors.finish());
  return content;
}

} // namespace renova::services::templates
