// What every transport looks like to the engine. A gateway knows one vendor's shapes and nothing of the
// queue.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/outcome.hpp"

#include <boost/json.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace renova::messaging {

// A Cloud API template with the values of its variables {{1}}, {{2}}, … in order.
struct TemplateUse {
  std::string name;
  std::string language;
  std::vector<std::string> parameters;
};
struct Media {
  std::string type; // image, video, document
  std::string link; // https
  std::string filename;
};

// One message on its way out.
struct HandOver {
  MessageId message;
  int attempt = 1;
  std::string to;   // E.164 digits
  std::string text; // rendered; empty with `use_template`
  std::optional<TemplateUse> use_template;
  std::optional<Media> media;
  std::string opaque; // comes back in the vendor's webhooks (opaque_key.hpp)
};

struct Answer {
  domain::Outcome outcome;
  // The party itself was in trouble (5xx, no connection, no answer), whatever that means for the message:
  // what the breaker counts.
  bool party_failed = false;
};
using OnAnswer = std::function<void(Answer)>;

// One item of a webhook, as it is stored in the inbox.
struct InboxItem {
  enum class Kind { status, message, account, template_ };
  Kind kind = Kind::status;
  std::string key;  // unique for a channel and kind: a repeated delivery is the same item
  std::string body; // the vendor's JSON of just this item
};
std::string_view to_text(InboxItem::Kind kind); // "status", "message", "account", "template"
bool from_text(std::string_view text, InboxItem::Kind& out);

// What an inbox item means.
struct StatusNews {
  std::string gateway_id;
  std::string opaque;                                              // empty: none came back
  domain::MessageEvent event = domain::MessageEvent::receipt_sent; // receipt_…
  std::optional<Instant> at;                                       // by the vendor's clock
  std::optional<domain::Outcome> failure;                          // with receipt_failed
};
struct InboundNews {
  std::string from; // E.164 digits; empty when the sender hides it
  std::string user_id;
  std::string text;       // of a text, a button or a list reply; empty otherwise
  std::string new_number; // of `user_changed_number`
};
struct AccountNews {
  bool pause = false; // the channel must stop
  std::optional<Duration> pause_for;
  domain::VendorNote note;
};
struct TemplateNews {
  std::string name;
  std::string language;
  bool usable = true;
  std::string reason;
};
using News = std::variant<StatusNews, InboundNews, AccountNews, TemplateNews>;

// A channel's row as its gateway sees it: config and opened secrets merged.
struct ChannelConfig {
  ChannelId id;
  TenantId tenant;
  boost::json::object settings;

  std::string text(std::string_view key, std::string_view otherwise = {}) const;
  std::int64_t integer(std::string_view key, std::int64_t otherwise) const;
  double number(std::string_view key, double otherwise) const;
};

class Gateway {
 public:
  virtual ~Gateway() = default;

  // Hands one message over; `done` is called exactly once, on any thread, within ten seconds of real time.
  virtual void hand_over(const HandOver& message, OnAnswer done) = 0;

  // Scheme, host and port of the remote party, lower case: what the breaker goes by. Empty: there is none.
  virtual std::string party() const = 0;

  // The vendor's own pair limit in milliseconds, when it has one.
  virtual int pair_gap_ms() const { return 0; }
};

// Vendor specific functions that need no connection.
struct GatewayShapes {
  // Verifies a webhook's signature over the raw body. Error: unauthenticated.
  std::function<result<void>(const ChannelConfig&, std::string_view body, std::string_view signature)> verify;
  // The items of a webhook's body. Error: malformed. Unknown fields give no item.
  std::function<result<std::vector<InboxItem>>(const ChannelConfig&, std::string_view body)> parse;
  // What one stored item says. Error: malformed.
  std::function<result<News>(InboxItem::Kind, std::string_view body)> understand;
};
// For a channel type as stored ("simulator", "cloud_api"); nullptr for another.
const GatewayShapes* shapes_of(std::string_view channel_type);

} // namespace renova::messaging
