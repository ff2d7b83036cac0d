// What a claimed message says: the text or the template, rendered from what is true now; or why it must not
// go. Pure: no database, no clock.
#pragma once

#include "domain/calendar.hpp"
#include "domain/message.hpp"
#include "domain/template_text.hpp"
#include "messaging/gateway/gateway.hpp"
#include "services/templates.hpp"
#include "storage/message_store.hpp"
#include "storage/rule_store.hpp"
#include "storage/sender_store.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace renova::messaging {

// A tenant's templates, parsed once.
class TemplateBook {
 public:
  struct Entry {
    services::Template content;
    std::vector<domain::TemplateText> texts; // the body, then the variants
  };
  // A row that cannot be read is left out (and logged).
  static std::shared_ptr<const TemplateBook> make(const std::vector<storage::TemplateRow>& rows,
                                                  const storage::TemplatesMarkRow& mark);

  const Entry* find(TemplateId id) const;
  // The enabled, not stopped one for a kind: of this plan type before those for all, of this locale before
  // others.
  const Entry* choose(domain::MessageKind kind, std::string_view plan_type, domain::Locale locale) const;
  const storage::TemplatesMarkRow& mark() const { return mark_; }

 private:
  std::vector<Entry> entries_;
  storage::TemplatesMarkRow mark_;
};

// For {pix_copy}: the "copy and paste" code of a charge; "" when there is none.
using PixCopy = std::function<std::string(const storage::SendingTenantRow&, std::int64_t amount,
                                          std::string_view currency, MessageId message)>;

struct ComposeInput {
  const storage::ReadyRow& message;
  const std::optional<storage::SubjectRow>& subject; // none: a test message to no client
  const storage::SendingTenantRow& tenant;
  const TemplateBook& templates;
  const std::vector<storage::RuleRow>& rules;
  Date today; // in the tenant's zone
  Instant now;
  bool newer_rule_waits = false;
  bool takes_templates = false; // the channel sends Cloud API templates
  const PixCopy* pix_copy = nullptr;
};

// Ready to be handed over; `hand_over.opaque` is left empty.
struct Composed {
  HandOver hand_over;
  std::string body; // as it is stored: what the recipient reads
  std::optional<TemplateId> template_id;
  domain::MessageKind kind = domain::MessageKind::manual;
  bool template_possible = false; // went as text, but a template of WhatsApp's own exists
};
// Must not go (now).
struct NotComposed {
  domain::MessageState to = domain::MessageState::cancelled; // planned: held until something changes
  domain::MessageReason reason = domain::MessageReason::none;
  std::string detail;
};
std::variant<Composed, NotComposed> compose(const ComposeInput& input);

// In a message's detail: its next attempt goes by a template (the window for free text is closed).
inline constexpr std::string_view kUseTemplate = "use_template";

} // namespace renova::messaging
