#include "messaging/composer.hpp"

#include "base/log.hpp"
#include "domain/reminder.hpp"
#include "domain/subscription.hpp"

namespace renova::messaging {
namespace {

using domain::MessageKind;
using domain::MessageReason;
using domain::MessageState;

NotComposed cancelled(MessageReason reason) { return {MessageState::cancelled, reason, {}}; }
NotComposed held(MessageReason reason, std::string detail) {
  return {MessageState::planned, reason, std::move(detail)};
}

// Last look at the facts: whatever should have cancelled the message already counts now at the latest.
std::optional<NotComposed> forbidden(const ComposeInput& in) {
  const auto& message = in.message;
  if (message.kind == MessageKind::test) return std::nullopt;
  if (!in.subject || in.subject->erased_at || !in.subject->phone) return cancelled(MessageReason::erased);
  const auto& subject = *in.subject;
  if (subject.archived_at) return cancelled(MessageReason::archived);
  if (subject.opted_out_at) return cancelled(MessageReason::opted_out);
  if (!message.rule_id) return std::nullopt;
  if (subject.muted.value_or(false)) return cancelled(MessageReason::muted);
  if (!subject.expires_on || subject.ended_at) return cancelled(MessageReason::archived);
  if (message.due_on != subject.expires_on) return cancelled(MessageReason::due_date_changed);
  domain::Account account{*subject.expires_on, subject.prepaid_until, subject.owed_amount.value_or(0), {}};
  if (domain::is_settled(account, *subject.expires_on)) return cancelled(MessageReason::paid);
  if (in.newer_rule_waits) return NotComposed{MessageState::skipped, MessageReason::superseded, {}};
  if (in.now - message.not_before > domain::kCatchUp && message.attempt == 0) {
    return NotComposed{MessageState::skipped, MessageReason::window_passed, {}};
  }
  return std::nullopt;
}

domain::TemplateValues values_of(const ComposeInput& in) {
  domain::ValueSource source;
  source.today = in.today;
  source.business = in.tenant.name;
  source.locale = in.tenant.locale;
  if (in.tenant.support_phone) source.support = *in.tenant.support_phone;
  if (in.tenant.pix_key) source.pix = *in.tenant.pix_key;
  std::string pix_copy;
  if (in.subject) {
    const auto& subject = *in.subject;
    source.name = subject.name;
    if (subject.plan_name) source.plan = *subject.plan_name;
    if (subject.plan_type) source.plan_type = *subject.plan_type;
    source.due_on = subject.expires_on;
    auto currency = domain::Currency::parse(subject.price_currency.value_or(in.tenant.currency));
    if (subject.price_amount && currency.has_value()) {
      source.value = domain::Money{*subject.price_amount, *currency};
      if (in.pix_copy != nullptr && *in.pix_copy) {
        pix_copy = (*in.pix_copy)(in.tenant, *subject.price_amount, currency->code(), in.message.id);
      }
    }
  }
  source.pix_copy = pix_copy;
  return domain::make_values(source);
}

std::string names_of(const std::vector<domain::Variable>& variables) {
  std::string out;
  for (auto variable : variables) {
    if (!out.empty()) out += ", ";
    out += to_text(variable);
  }
  return out;
}

// The kind by the day of hand-over: what was planned as a reminder may go out on the due date.
MessageKind kind_now(const ComposeInput& in) {
  if (!in.message.rule_id || !in.message.due_on) return in.message.kind;
  return domain::kind_on(*in.message.due_on, in.today);
}

const std::string* own_text(const ComposeInput& in, MessageKind kind) {
  if (!in.message.rule_id || !in.subject) return nullptr;
  const auto& text = kind == MessageKind::reminder ? in.subject->before_text : in.subject->due_text;
  return text && !text->empty() ? &*text : nullptr;
}

// The template that somebody chose for this message or its rule.
std::optional<TemplateId> chosen_template(const ComposeInput& in) {
  if (!in.message.rule_id) return in.message.template_id;
  for (const auto& rule : in.rules) {
    if (rule.id == *in.message.rule_id) return rule.template_id;
  }
  return std::nullopt;
}

struct Found {
  const TemplateBook::Entry* entry = nullptr;
  std::optional<NotComposed> problem;
};
Found find_template(const ComposeInput& in, MessageKind kind) {
  if (auto id = chosen_template(in)) {
    const auto* entry = in.templates.find(*id);
    if (entry == nullptr)
      return {nullptr, held(MessageReason::no_template, "the chosen template does not exist")};
    if (entry->content.stopped_reason) {
      return {nullptr, held(MessageReason::template_problem, *entry->content.stopped_reason)};
    }
    return {entry, std::nullopt};
  }
  std::string_view plan_type;
  if (in.subject && in.subject->plan_type) plan_type = *in.subject->plan_type;
  const auto* entry = in.templates.choose(kind, plan_type, in.tenant.locale);
  if (entry == nullptr) {
    return {nullptr,
            held(MessageReason::no_template, "no enabled template of kind " + std::string(to_text(kind)))};
  }
  return {entry, std::nullopt};
}

std::variant<Composed, NotComposed> by_text(const ComposeInput& in, Composed out,
                                            const domain::TemplateText& text,
                                            const domain::TemplateValues& values) {
  auto rendered = domain::render(text, values);
  if (!rendered.missing.empty()) return held(MessageReason::missing_value, names_of(rendered.missing));
  if (rendered.too_long) return NotComposed{MessageState::failed, MessageReason::message_problem, "too_long"};
  out.body = rendered.text;
  out.hand_over.text = std::move(rendered.text);
  (void)in;
  return out;
}

std::variant<Composed, NotComposed> by_template(const ComposeInput& in, Composed out,
                                                const TemplateBook::Entry& entry,
                                                const domain::TemplateValues& values) {
  const auto& content = entry.content.content;
  out.template_id = entry.content.id;
  if (content.media) {
    out.hand_over.media =
        Media{content.media->type, content.media->link, content.media->filename.value_or("")};
  }
  auto pick = domain::pick_variant(in.message.id, entry.texts.size());
  auto made = by_text(in, std::move(out), entry.texts[pick], values);
  auto* composed = std::get_if<Composed>(&made);
  if (composed == nullptr || !in.takes_templates || !content.cloud_template) return made;
  TemplateUse use{content.cloud_template->name, content.cloud_template->language, {}};
  for (const auto& name : content.cloud_template->parameters) {
    auto value = domain::parameter_value(name, values);
    if (value.has_error() || value->empty()) return held(MessageReason::missing_value, name);
    use.parameters.push_back(*value);
  }
  composed->hand_over.use_template = std::move(use);
  return made;
}

} // namespace

std::shared_ptr<const TemplateBook> TemplateBook::make(const std::vector<storage::TemplateRow>& rows,
                                                       const storage::TemplatesMarkRow& mark) {
  auto book = std::make_shared<TemplateBook>();
  book->mark_ = mark;
  for (const auto& row : rows) {
    auto content = services::templates::from_row(row);
    if (content.has_error()) {
      log::error("template_unreadable", {{"template", row.id}});
      continue;
    }
    Entry entry{std::move(*content), {}};
    std::vector<std::string_view> texts{entry.content.content.body};
    for (const auto& variant : entry.content.content.variants) texts.push_back(variant);
    for (auto text : texts) {
      auto parsed = domain::parse_template(text);
      if (parsed.has_value()) entry.texts.push_back(std::move(*parsed));
    }
    if (!entry.texts.empty()) book->entries_.push_back(std::move(entry));
  }
  return book;
}

const TemplateBook::Entry* TemplateBook::find(TemplateId id) const {
  for (const auto& entry : entries_) {
    if (entry.content.id == id) return &entry;
  }
  return nullptr;
}

const TemplateBook::Entry* TemplateBook::choose(MessageKind kind, std::string_view plan_type,
                                                domain::Locale locale) const {
  const Entry* best = nullptr;
  int best_rank = -1;
  for (const auto& entry : entries_) {
    const auto& content = entry.content.content;
    if (content.kind != kind || !content.enabled || entry.content.stopped_reason) continue;
    if (content.plan_type && *content.plan_type != plan_type) continue;
    int rank = (content.plan_type ? 2 : 0) + (content.locale == locale ? 1 : 0);
    if (rank > best_rank) {
      best = &entry;
      best_rank = rank;
    }
  }
  return best;
}

std::variant<Composed, NotComposed> compose(const ComposeInput& in) {
  if (auto stop = forbidden(in)) return *stop;
  Composed out;
  out.hand_over.message = in.message.id;
  out.hand_over.attempt = in.message.attempt + 1;
  out.hand_over.to = in.subject && in.subject->phone && in.message.kind != MessageKind::test
                         ? *in.subject->phone
                         : in.message.recipient;
  out.kind = kind_now(in);
  bool by_own_body = !in.message.rule_id && !in.message.template_id && in.message.body &&
                     !domain::has_templates(in.message.kind);
  if (by_own_body) {
    out.body = *in.message.body;
    out.hand_over.text = *in.message.body;
    return out;
  }
  auto values = values_of(in);
  const std::string* own = own_text(in, out.kind);
  bool want_template = in.message.detail == kUseTemplate;
  if (own != nullptr && !want_template) {
    auto parsed = domain::parse_template(*own);
    if (parsed.has_error())
      return held(MessageReason::no_template, "the client's own text is not a valid template");
    auto found = find_template(in, out.kind);
    out.template_possible = in.takes_templates && found.entry != nullptr &&
                            found.entry->content.content.cloud_template.has_value();
    return by_text(in, std::move(out), *parsed, values);
  }
  auto found = find_template(in, out.kind);
  if (found.problem) return *found.problem;
  return by_template(in, std::move(out), *found.entry, values);
}

} // namespace renova::messaging
