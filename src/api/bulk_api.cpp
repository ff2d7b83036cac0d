// POST /clients/bulk: some hundred clients to a transaction, so that nobody else waits long. With an
// Idempotency-Key the selection and each piece are kept under keys of their own: a repetition after a crash
// goes on where it ended.
#include "api/client_inputs.hpp"
#include "api/clients_api.hpp"
#include "api/idempotency.hpp"
#include "base/crypto.hpp"
#include "services/bulk.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <set>

namespace renova::api {
namespace {

namespace bulk = services::bulk;

struct BulkBody {
  std::optional<std::vector<ClientId>> ids;
  std::optional<ClientFilterFields> filter;
  bulk::Action action = bulk::Action::archive;
  std::optional<bool> dry_run;
  std::optional<int> days;
  std::optional<int> months;
  std::optional<Date> until;
  std::optional<domain::RenewalBase> from;
  std::optional<bool> paid;
  std::optional<MoneyInput> amount;
  std::optional<std::string> method;
  std::optional<std::string> note;
  std::optional<std::string> body;
  std::optional<TemplateId> template_id;
  std::optional<ChannelId> channel_id;
  std::optional<Instant> not_before;
  std::optional<std::string> tag;
  std::optional<std::vector<std::string>> tags;
  std::optional<domain::PaymentStatus> status;
  std::optional<bool> opt_out;
};
BOOST_DESCRIBE_STRUCT(BulkBody, (),
                      (ids, filter, action, dry_run, days, months, until, from, paid, amount, method, note,
                       body, template_id, channel_id, not_before, tag, tags, status, opt_out))

struct BulkAnswer {
  bulk::Action action = bulk::Action::archive;
  bool dry_run = false;
  std::int64_t total = 0;
  std::int64_t done = 0;
  std::int64_t unchanged = 0;
  std::int64_t failed = 0;
  std::vector<bulk::Item> results;
};
BOOST_DESCRIBE_STRUCT(BulkAnswer, (), (action, dry_run, total, done, unchanged, failed, results))

bulk::Command to_service(const BulkBody& body) {
  bulk::Command command;
  command.action = body.action;
  command.renewal = to_service(RenewBody{body.days, body.months, body.until, body.from, body.paid,
                                         body.amount, body.method, body.note});
  command.body = body.body;
  command.template_id = body.template_id;
  command.channel_id = body.channel_id;
  command.not_before = body.not_before;
  command.tags = body.tags.value_or(std::vector<std::string>());
  if (body.tag) command.tags.push_back(*body.tag);
  command.status = body.status.value_or(domain::PaymentStatus::paid);
  command.opt_out = body.opt_out.value_or(true);
  return command;
}

// Parameters may also stand in an object of that name.
boost::json::value flattened(boost::json::value body) {
  if (!body.is_object()) return body;
  boost::json::object& object = body.get_object();
  boost::json::value* parameters = object.if_contains("parameters");
  if (!parameters || !parameters->is_object()) return body;
  const boost::json::object inner = parameters->get_object();
  object.erase("parameters");
  for (const auto& member : inner) object.emplace(member.key(), member.value());
  return body;
}

// One call on its way through its transactions.
class BulkRun : public std::enable_shared_from_this<BulkRun> {
 public:
  BulkRun(storage::Database& database, std::shared_ptr<const Call> call, Respond respond)
      : database_(database), call_(std::move(call)), respond_(std::move(respond)) {}

  void start() {
    auto ready = prepare();
    if (ready.has_error()) return respond_(ready.error());
    step([this](storage::TenantTransaction& tx) { return selection(tx); }, "ids",
         [this](const boost::json::value& ids) { return take_selection(ids); });
  }

 private:
  using Work = std::function<result<Reply>(storage::TenantTransaction&)>;
  using Take = std::function<result<void>(const boost::json::value&)>;

  result<void> prepare() {
    Route route;
    route.operation_id = "bulkClients";
    TRY(key_, idempotency_key(*call_, route));
    TRY(auto json, call_->json_body());
    TRY(BulkBody body, decode<BulkBody>(flattened(std::move(json))));
    if (body.ids.has_value() == body.filter.has_value()) {
      return field_error("/ids", "required", "takes exactly one of ids and filter");
    }
    if (body.ids) {
      std::set<ClientId> seen;
      for (ClientId id : *body.ids) {
        if (seen.insert(id).second) ids_.push_back(id);
      }
    } else {
      TRY(auto filter, to_service(*body.filter, "/filter/"));
      filter_ = filter;
    }
    command_ = to_service(body);
    answer_.action = body.action;
    answer_.dry_run = body.dry_run.value_or(false);
    return bulk::check(command_);
  }

  // The ids as JSON, so that a repetition works on the same ones.
  result<Reply> selection(storage::TenantTransaction& tx) const {
    if (!filter_) return ok(ids_);
    TRY(auto ids, bulk::select(tx, *filter_, call_->now()));
    return ok(ids);
  }

  result<void> take_selection(const boost::json::value& json) {
    TRY(ids_, decode<std::vector<ClientId>>(json));
    return {};
  }

  void next() {
    if (done_ >= ids_.size()) return finish();
    const std::size_t count = std::min(bulk::kChunk, ids_.size() - done_);
    const std::span<const ClientId> piece(ids_.data() + done_, count);
    const std::string name = std::to_string(done_);
    done_ += count;
    step(
        [this, piece](storage::TenantTransaction& tx) -> result<Reply> {
          TRY(auto items, bulk::apply(tx, call_->actor(), piece, command_, answer_.dry_run, call_->now()));
          return ok(items);
        },
        name, [this](const boost::json::value& items) { return take_items(items); });
  }

  result<void> take_items(const boost::json::value& json) {
    TRY(auto items, decode<std::vector<bulk::Item>>(json));
    std::move(items.begin(), items.end(), std::back_inserter(answer_.results));
    return {};
  }

  // Runs `work` in a transaction of its own, gives what it answered to `take`, and goes on.
  void step(Work work, std::string_view name, Take take) {
    auto reply = std::make_shared<result<Reply>>(Error());
    auto self = shared_from_this();
    database_.write(
        [self, reply, work = std::move(work), key = key_for(name)](storage::Transaction& tx) -> result<void> {
          storage::TenantTransaction tenant = tx.tenant(self->call_->tenant());
          *reply = key ? run_once(tenant, *key, work, self->call_->now()) : work(tenant);
          if (reply->has_error()) return reply->error();
          return {};
        },
        [self, reply, take = std::move(take)](result<void> written) {
          if (written.has_error()) return self->respond_(written.error());
          auto taken = self->take_reply(**reply, take);
          if (taken.has_error()) return self->respond_(taken.error());
          self->next();
        });
  }

  result<void> take_reply(const Reply& reply, const Take& take) {
    replayed_ = replayed_ || std::any_of(reply.headers.begin(), reply.headers.end(), [](const auto& header) {
                  return header.name == "Idempotent-Replayed";
                });
    TRY(auto json, parse_json(reply.body));
    return take(json);
  }

  std::optional<IdempotencyKey> key_for(std::string_view name) const {
    if (!key_) return std::nullopt;
    IdempotencyKey key = *key_;
    key.key = to_hex(sha256(key.key)) + "/" + std::string(name);
    return key;
  }

  void finish() {
    const auto count = [&](std::string_view outcome) {
      return std::count_if(answer_.results.begin(), answer_.results.end(),
                           [&](const bulk::Item& item) { return item.outcome == outcome; });
    };
    answer_.total = static_cast<std::int64_t>(answer_.results.size());
    answer_.done = count("done");
    answer_.unchanged = count("unchanged");
    answer_.failed = count("error");
    Reply reply = ok(answer_);
    if (replayed_) reply.headers.push_back({"Idempotent-Replayed", "true"});
    respond_(std::move(reply));
  }

  storage::Database& database_;
  std::shared_ptr<const Call> call_;
  Respond respond_;
  std::optional<IdempotencyKey> key_;
  std::optional<services::clients::ListFilter> filter_;
  bulk::Command command_;
  std::vector<ClientId> ids_;
  std::size_t done_ = 0;
  bool replayed_ = false;
  BulkAnswer answer_;
};

constexpr std::string_view kExample =
    R"({"filter":{"standing":"expiring","tag":"vip"},"action":"tag","tags":["call"],"dry_run":true})";

} // namespace

void add_bulk_api(RouteTable& routes, storage::Database& database) {
  routes
      .post("/api/v1/clients/bulk", Role::operator_, RateClass::normal, "bulkClients",
            "One action on up to 10,000 clients, with an outcome for each; dry_run tries and undoes it")
      .takes<BulkBody>(kExample)
      .answers<BulkAnswer>()
      .custom([&database](std::shared_ptr<const Call> call, Respond respond) {
        std::make_shared<BulkRun>(database, std::move(call), std::move(respond))->start();
      });
}

} // namespace renova::api
