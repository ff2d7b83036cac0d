// The whole main job as an owner meets it: a list of 10,000 clients comes in, the clock passes nine, and
// exactly those who are due hear exactly once; a renewal cancels, a kill changes nothing, receipts move
// messages on.

#include "base/crypto.hpp"
#include "tests/anomaly/campaign.hpp"
#include "tests/support/csv_sample.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>

#include <set>

namespace renova::test {
namespace {

namespace json = boost::json;

const Instant kMonday0800 = *parse_instant("2026-11-23T11:00:00Z"); // 08:00 in São Paulo
constexpr std::chrono::milliseconds kBetweenCalls{200};

class WholeJobTest : public testing::TestWithParam<storage::Engine> {
 protected:
  WholeJobTest() : campaign_((database_.close(), database_.url()), 1, 1) {}

  json::value get(const std::string& path) {
    Answer answer = program_->call("GET", path, {}, campaign_.token());
    EXPECT_EQ(answer.status, 200) << path << " " << answer.body;
    return answer.json();
  }

  std::int64_t total(const std::string& filter) {
    return get("/api/v1/messages?limit=1&with_total=true&" + filter).at("total").to_number<std::int64_t>();
  }

  // How many messages are in each state, for a failure's text.
  std::string states() {
    std::string text;
    for (const char* state : {"planned", "queued", "accepted", "failed", "unknown", "skipped", "cancelled"}) {
      text += std::string(state) + " " + std::to_string(total("state=" + std::string(state))) + "  ";
    }
    return text;
  }

  void move_clock(Instant now) {
    json::object body{{"now", to_string(now)}};
    Answer answer = program_->call("POST", "/api/v1/_test/clock", json::serialize(body), campaign_.token());
    ASSERT_TRUE(answer.status == 200 || answer.status == 204) << answer.body;
    campaign_.sign_in(*program_); // access tokens live by that clock too
  }

  void post(const std::string& path, const std::string& body, int status) {
    Answer answer = program_->call("POST", path, body, campaign_.token());
    ASSERT_EQ(answer.status, status) << path << " " << answer.body;
  }

  // How many the preview promises for a rule.
  std::int64_t promised(const std::string& date, std::int64_t offset) {
    json::value rules = get("/api/v1/rules");
    std::string rule;
    for (const auto& item : rules.at("data").as_array()) {
      if (item.at("offset_days").to_number<std::int64_t>() == offset) rule = item.at("id").as_string();
    }
    json::value preview = get("/api/v1/rules/preview?limit=1000&date=" + date);
    EXPECT_FALSE(preview.at("truncated").as_bool());
    std::int64_t count = 0;
    for (const auto& item : preview.at("data").as_array()) {
      if (item.at("outcome") == "planned" && item.at("rule_id").as_string() == rule) ++count;
    }
    return count;
  }

  void expect_each_once(std::size_t messages) {
    auto times = campaign_.meta().times_by_message();
    EXPECT_EQ(times.size(), messages);
    for (const auto& [id, count] : times) EXPECT_EQ(count, 1) << id;
    std::set<std::string> people;
    for (const auto& taken : campaign_.meta().taken()) EXPECT_TRUE(people.insert(taken.to).second) << "twice";
  }

  TestDatabase database_{GetParam()};
  Campaign campaign_;
  std::unique_ptr<Program> program_;
};

TEST_P(WholeJobTest, FromASpreadsheetToReadReminders) {
  campaign_.add_owner();
  program_ = campaign_.start(kMonday0800 - std::chrono::minutes(30));
  campaign_.add_channel(*program_);
  CsvSampleFile list = make_csv_sample({});
  Answer preview = program_->call("POST", "/api/v1/imports", list.bytes, campaign_.token(), "text/csv");
  ASSERT_EQ(preview.status, 201) << preview.body;
  EXPECT_EQ(preview.json().at("counts").at("create").to_number<int>(), list.good);
  std::string import = "/api/v1/imports/" + std::string(preview.json().at("id").as_string());
  Answer committed = program_->call("POST", import + "/commit", {}, campaign_.token());
  ASSERT_TRUE(committed.status == 200 || committed.status == 202) << committed.body;
  ASSERT_TRUE(eventually([&] { return get(import).at("state") == "committed"; }, std::chrono::seconds(120),
                         kBetweenCalls));
  EXPECT_EQ(get("/api/v1/clients?limit=1&with_total=true").at("total").to_number<int>(), list.good);

  move_clock(kMonday0800);
  EXPECT_EQ(campaign_.meta().count(), 0u) << "nobody hears before nine";
  std::int64_t at_nine = promised("2026-11-23", -3);
  std::int64_t at_ten = promised("2026-11-23", 0);
  ASSERT_GT(at_nine, 20);
  ASSERT_GT(at_ten, 20);

  move_clock(kMonday0800 + std::chrono::hours(1) + std::chrono::seconds(5));
  ASSERT_TRUE(
      eventually([&] { return total("state=accepted") == at_nine; }, std::chrono::seconds(60), kBetweenCalls))
      << "expected " << at_nine << ": " << states();
  expect_each_once(static_cast<std::size_t>(at_nine));

  // At ten the queue is paused: what is due waits, and one of the clients renews.
  post("/api/v1/queue/pause", {}, 200);
  move_clock(kMonday0800 + std::chrono::hours(2) + std::chrono::seconds(5));
  EXPECT_EQ(total("state=queued"), at_ten);
  json::value waiting = get("/api/v1/messages?state=queued&limit=1");
  std::string client(waiting.at("data").at(0).at("client_id").as_string());
  post("/api/v1/clients/" + client + "/renew", R"({"months":1})", 200);
  EXPECT_EQ(total("state=cancelled"), 1);
  EXPECT_EQ(total("state=queued&kind=renewed"), 1) << "the thank-you";
  EXPECT_EQ(total("state=queued&kind=due_today"), at_ten - 1);

  // A kill in the middle of the rest.
  std::size_t before = campaign_.meta().count();
  campaign_.meta().set_delay([](std::size_t) { return std::chrono::milliseconds(3); });
  post("/api/v1/queue/resume", {}, 200);
  ASSERT_TRUE(eventually([&] { return campaign_.meta().count() > before + 5; }));
  program_->kill();
  program_ = campaign_.start(kMonday0800 + std::chrono::hours(2) + std::chrono::minutes(1));
  ASSERT_TRUE(eventually([&] { return campaign_.open_count(*program_) == 0; }, std::chrono::seconds(60),
                         kBetweenCalls));
  std::int64_t sent = total("state=accepted") + total("state=unknown");
  EXPECT_EQ(sent, at_nine + (at_ten - 1) + 1);
  for (const auto& [id, count] : campaign_.meta().times_by_message()) EXPECT_EQ(count, 1) << id;

  // The gateway's receipts settle what the kill left open.
  campaign_.deliver_receipts(*program_);
  auto seen = static_cast<std::int64_t>(campaign_.meta().times_by_message().size());
  EXPECT_TRUE(
      eventually([&] { return total("state=delivered") == seen; }, std::chrono::seconds(60), kBetweenCalls));
  EXPECT_EQ(program_->terminate(), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, WholeJobTest, kBothEngines, engine_name);

} // namespace
} // namespace renova::test
