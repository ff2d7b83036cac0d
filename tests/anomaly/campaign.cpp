#include "tests/anomaly/campaign.hpp"

#include <boost/json.hpp>

#include <cstdlib>
#include <set>
#include <stdexcept>

namespace renova::test {
namespace {

namespace json = boost::json;

constexpr char kSecretKey[] = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
constexpr char kAppSecret[] = "campaign-app-secret";
constexpr char kEmail[] = "owner@campaign.example";
constexpr char kPassword[] = "a long enough sentence";

const Date kFirstDueDate = Date::of(2026, 12, 7); // a Monday; its reminder goes out three days before

std::string text(const json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

void expect_status(const Answer& answer, int status, const std::string& what) {
  if (answer.status == status) return;
  throw std::runtime_error(what + ": " + std::to_string(answer.status) + " " + answer.body);
}

} // namespace

int campaign_size(int in_ci, int in_soak) {
  const char* soak = std::getenv("RENOVA_SOAK");
  return soak != nullptr && std::string_view(soak) == "1" ? in_soak : in_ci;
}

Campaign::Campaign(std::string database_url, int days, int clients_a_day)
    : database_url_(std::move(database_url)), days_(days), clients_a_day_(clients_a_day) {}

Instant Campaign::due_instant(int day) const {
  constexpr std::int64_t kDayUs = 86'400'000'000;
  constexpr std::int64_t kNineThirtySeconds = (12 * 3600 + 30) * 1'000'000LL; // 09:00:30 at UTC−3
  return Instant{(kFirstDueDate.days - 3 + day) * kDayUs + kNineThirtySeconds};
}

std::unique_ptr<Program> Campaign::launch(Instant clock, std::uint16_t port) {
  std::map<std::string, std::string> environment{{"RENOVA_DATABASE_URL", database_url_},
                                                 {"RENOVA_SECRET_KEY", kSecretKey},
                                                 {"RENOVA_LOG_LEVEL", "warning"},
                                                 {"RENOVA_TEST_CLOCK", to_string(clock)}};
  std::vector<std::string> words{"serve", "--insecure-test-mode"};
  auto program = std::make_unique<Program>(words, std::move(environment), port);
  sign_in(*program);
  return program;
}

std::unique_ptr<Program> Campaign::start(Instant clock) {
  auto program = launch(clock, port_);
  port_ = program->port();
  return program;
}

std::unique_ptr<Program> Campaign::start_replica(Instant clock) { return launch(clock, 0); }

void Campaign::sign_in(Program& program) {
  json::object body{{"email", kEmail}, {"password", kPassword}};
  Answer answer = program.call("POST", "/api/v1/auth/login", json::serialize(body));
  expect_status(answer, 200, "login");
  token_ = text(answer.json().as_object(), "access_token");
}

std::string Campaign::csv() const {
  std::string lines = "nome;telefone;tipo;valor;vencimento\n";
  for (int day = 0; day < days_; ++day) {
    for (int i = 0; i < clients_a_day_; ++i) {
      int number = day * clients_a_day_ + i;
      char phone[16];
      std::snprintf(phone, sizeof phone, "1199%07d", 1'000'000 + number);
      lines += "Cliente " + std::to_string(number) + ";" + phone + ";IPTV;35,00;" +
               to_string(kFirstDueDate + day) + "\n";
    }
  }
  return lines;
}

// Only the rule "three days before" stays on: one message a client.
void Campaign::leave_one_rule(Program& program) {
  Answer rules = program.call("GET", "/api/v1/rules", {}, token_);
  expect_status(rules, 200, "rules");
  json::value list = rules.json();
  for (const auto& rule : list.at("data").as_array()) {
    if (rule.at("offset_days").as_int64() == -3) continue;
    std::string path = "/api/v1/rules/" + text(rule.as_object(), "id");
    expect_status(program.call("PATCH", path, R"({"enabled":false})", token_), 200, "rule");
  }
}

void Campaign::add_owner() {
  std::map<std::string, std::string> environment{{"RENOVA_DATABASE_URL", database_url_},
                                                 {"RENOVA_SECRET_KEY", kSecretKey}};
  Finished added =
      run_program({"user", "add", kEmail, "--role", "owner", "--tenant", "Campaign", "--password-stdin"},
                  environment, std::string(kPassword) + "\n");
  if (added.exit_code != 0) throw std::runtime_error("user add: " + added.error);
}

void Campaign::add_channel(Program& program) {
  json::object channel{
      {"name", "Stand-in"},
      {"type", "cloud_api"},
      {"enabled", true},
      {"config", json::object{{"base_url", meta_.url()},
                              {"phone_number_id", "100200300"},
                              {"access_token", "campaign-access-token"},
                              {"app_secret", kAppSecret},
                              {"verify_token", "campaign"}}},
      {"pacing", json::object{{"min_gap_ms", 0}, {"jitter_ms", 0}, {"warm_up", false}, {"concurrency", 32}}}};
  Answer created = program.call("POST", "/api/v1/channels", json::serialize(channel), token_);
  expect_status(created, 201, "channel");
  channel_id_ = text(created.json().as_object(), "id");
}

void Campaign::set_up() {
  add_owner();
  auto program = start(due_instant(0) - std::chrono::hours(24 * 7));
  json::object windows;
  for (const char* day : {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}) {
    windows[day] = json::array{json::array{"00:00", "23:59"}};
  }
  expect_status(program->call("PATCH", "/api/v1/settings",
                              json::serialize(json::object{{"sending_windows", windows}}), token_),
                200, "settings");
  leave_one_rule(*program);
  add_channel(*program);

  Answer preview = program->call("POST", "/api/v1/imports", csv(), token_, "text/csv; charset=utf-8");
  expect_status(preview, 201, "import");
  std::string import_id = text(preview.json().as_object(), "id");
  expect_status(program->call("POST", "/api/v1/imports/" + import_id + "/commit", {}, token_), 200, "commit");
  if (program->terminate() != 0) throw std::runtime_error("the program did not end by itself");
}

std::vector<Campaign::Message> Campaign::messages(Program& program) {
  std::vector<Message> all;
  std::string cursor;
  do {
    std::string path = "/api/v1/messages?limit=100" + (cursor.empty() ? std::string() : "&cursor=" + cursor);
    Answer answer = program.call("GET", path, {}, token_);
    expect_status(answer, 200, "messages");
    json::value page = answer.json();
    for (const auto& item : page.at("data").as_array()) {
      const auto& object = item.as_object();
      all.push_back({text(object, "id"), text(object, "client_id"), text(object, "state"),
                     text(object, "reason"), text(object, "gateway_id"),
                     static_cast<int>(object.at("attempts").to_number<int>())});
    }
    cursor = text(page.as_object(), "next_cursor");
  } while (!cursor.empty());
  return all;
}

std::size_t Campaign::open_count(Program& program) {
  Answer answer = program.call("GET", "/api/v1/messages?state=planned,queued,sending&limit=1&with_total=true",
                               {}, token_);
  if (answer.status != 200) return SIZE_MAX;
  return static_cast<std::size_t>(answer.json().at("total").to_number<std::int64_t>());
}

void Campaign::deliver_receipts(Program& program) {
  std::size_t n = 0;
  for (const auto& taken : meta_.taken()) {
    std::vector<std::string> statuses{"sent", "delivered"};
    if (n % 7 == 0) std::swap(statuses[0], statuses[1]);
    if (n % 5 == 0) statuses.push_back("delivered");
    for (const auto& status : statuses) {
      std::string body =
          status_webhook(taken.wamid, status, taken.to, taken.key, due_instant(0).us / 1'000'000);
      http::OutgoingRequest request;
      Answer answer = program.call("POST", "/hooks/channels/" + channel_id_, body, {}, "application/json",
                                   {{"X-Hub-Signature-256", meta_signature(kAppSecret, body)}});
      expect_status(answer, 200, "webhook");
    }
    ++n;
  }
}

std::vector<std::string> Campaign::violations(Program& program, int days) {
  static const std::set<std::string> kEnds{"accepted", "sent", "delivered", "read", "failed", "unknown"};
  std::vector<std::string> found;
  std::vector<Message> all = messages(program);
  std::map<std::string, int> by_client;
  std::set<std::string> ids;
  std::map<std::string, int> handed_over = meta_.times_by_message();
  for (const auto& message : all) {
    ids.insert(message.id);
    ++by_client[message.client];
    if (!kEnds.contains(message.state))
      found.push_back("message left in state " + message.state + " " + message.reason);
    bool was_seen = handed_over.contains(message.id);
    if (message.state != "unknown" && message.state != "failed" && !was_seen) {
      found.push_back("message " + message.state + " that the gateway never saw");
    }
  }
  if (by_client.size() != static_cast<std::size_t>(expected_messages(days))) {
    found.push_back(std::to_string(by_client.size()) + " clients have a message, expected " +
                    std::to_string(expected_messages(days)));
  }
  for (const auto& [client, times] : by_client) {
    if (times != 1) found.push_back("a client has " + std::to_string(times) + " messages");
  }
  for (const auto& [id, times] : handed_over) {
    if (times != 1) found.push_back("the gateway got message " + id + " " + std::to_string(times) + " times");
    if (!ids.contains(id)) found.push_back("the gateway got a message that the ledger does not know: " + id);
  }
  return found;
}

} // namespace renova::test
