#include "domain/subscription.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace renova::domain {
namespace {

constexpr std::int64_t kPrice = 5000;
const Date kToday = Date::of(2026, 11, 23);

Date day(std::string_view text) { return *parse_date(text); }
Account due(Date date) { return {date, {}, 0, {}}; }
std::string code_of(const Error& error) { return error.fields.at(0).pointer + " " + error.fields.at(0).code; }

RenewalCommand by(std::variant<ByPlan, ByDays, ByMonths, Until> what,
                  RenewalBase from = RenewalBase::automatic) {
  return {what, from, true, {}};
}
std::string renewed(const RenewalCommand& command, std::string_view expires_on, unsigned anchor,
                    std::optional<Period> plan = {}) {
  auto outcome = renew(command, due(day(expires_on)), anchor, kPrice, plan, kToday);
  if (!outcome) return code_of(outcome.error());
  return to_string(outcome->account.expires_on) + " @" + std::to_string(outcome->anchor_day);
}

TEST(Subscription, Standing) {
  EXPECT_EQ(standing(kToday - 1, kToday, 3), Standing::expired);
  EXPECT_EQ(standing(kToday, kToday, 3), Standing::expiring);
  EXPECT_EQ(standing(kToday + 3, kToday, 3), Standing::expiring);
  EXPECT_EQ(standing(kToday + 4, kToday, 3), Standing::active);
  EXPECT_EQ(standing(kToday + 1, kToday, 0), Standing::active);
}

TEST(Subscription, PaymentStatusFollowsFromDates) {
  int window = collection_window(-3, 3);
  EXPECT_EQ(window, 3);
  EXPECT_EQ(collection_window(-7, 3), 7);
  EXPECT_EQ(collection_window(1, 3), 3);
  EXPECT_EQ(payment_status(due(kToday - 1), kToday, window), PaymentStatus::overdue);
  EXPECT_EQ(payment_status(due(kToday), kToday, window), PaymentStatus::pending);
  EXPECT_EQ(payment_status(due(kToday + 3), kToday, window), PaymentStatus::pending);
  EXPECT_EQ(payment_status(due(kToday + 4), kToday, window), PaymentStatus::paid);
  EXPECT_EQ(payment_status({kToday + 2, kToday + 2, 0, {}}, kToday, window), PaymentStatus::paid);
  EXPECT_EQ(payment_status({kToday - 1, kToday - 1, 0, {}}, kToday, window), PaymentStatus::paid);
  EXPECT_EQ(payment_status({kToday + 2, kToday - 28, 0, {}}, kToday, window), PaymentStatus::pending);
  EXPECT_EQ(payment_status({kToday + 30, {}, 100, kToday}, kToday, window), PaymentStatus::pending);
  EXPECT_EQ(payment_status({kToday + 30, {}, 100, kToday - 1}, kToday, window), PaymentStatus::overdue);
  EXPECT_EQ(payment_status({kToday + 2, kToday + 2, 100, kToday + 1}, kToday, window),
            PaymentStatus::pending);
}

TEST(Subscription, SettledMeansThisDueDateNeedsNoReminder) {
  EXPECT_FALSE(is_settled(due(kToday), kToday));
  EXPECT_TRUE(is_settled({kToday, kToday, 0, {}}, kToday));
  EXPECT_FALSE(is_settled({kToday, kToday - 1, 0, {}}, kToday));
  EXPECT_FALSE(is_settled({kToday, kToday, 1, kToday}, kToday));
}

TEST(Subscription, APaidDeclarationNeverSwallowsTheNextCycle) {
  // Renewed on trust, then paid: the debt goes, next month's reminder stays.
  Account trust{kToday + 30, {}, kPrice, kToday};
  Account paid = declare_payment(trust, PaymentStatus::paid, kPrice, kToday, 3);
  EXPECT_EQ(paid.owed, 0);
  EXPECT_FALSE(is_settled(paid, paid.expires_on));
  // Paid well ahead: that is the due date.
  paid = declare_payment(due(kToday + 30), PaymentStatus::paid, kPrice, kToday, 3);
  EXPECT_TRUE(is_settled(paid, paid.expires_on));
  // A renewal after it opens the next one.
  auto next = renew(by(ByMonths{1}), paid, 23, kPrice, {}, kToday);
  EXPECT_FALSE(is_settled(next->account, next->account.expires_on));
}

RC_GTEST_PROP(SubscriptionProperty, WhatIsDeclaredIsRead, ()) {
  auto near = [] { return kToday + *rc::gen::inRange(-40, 41); };
  Account account{near(), {}, *rc::gen::inRange(0, 3) * kPrice, {}};
  if (*rc::gen::arbitrary<bool>()) account.prepaid_until = near();
  if (account.owed > 0) account.owed_on = near();
  auto wanted = *rc::gen::element(PaymentStatus::paid, PaymentStatus::pending, PaymentStatus::overdue);
  int window = *rc::gen::inRange(0, 30);
  Account after = declare_payment(account, wanted, kPrice, kToday, window);
  RC_ASSERT(payment_status(after, kToday, window) == wanted);
  RC_ASSERT(after.expires_on == account.expires_on);
  RC_ASSERT((after.owed > 0) == after.owed_on.has_value());
  if (wanted != PaymentStatus::paid) RC_ASSERT(after.owed >= account.owed);
  if (wanted == PaymentStatus::paid && account.owed == 0) RC_ASSERT(is_settled(after, after.expires_on));
}

TEST(Renewal, BadCommandsAreRefused) {
  EXPECT_EQ(renewed(by(ByDays{0}), "2026-12-31", 31), "/days out_of_range");
  EXPECT_EQ(renewed(by(ByDays{3651}), "2026-12-31", 31), "/days out_of_range");
  EXPECT_EQ(renewed(by(ByMonths{0}), "2026-12-31", 31), "/months out_of_range");
  EXPECT_EQ(renewed(by(ByMonths{121}), "2026-12-31", 31), "/months out_of_range");
  EXPECT_EQ(renewed(by(Until{day("2026-12-31")}), "2026-12-31", 31), "/until not_after_due");
  EXPECT_EQ(renewed(by(Until{day("2046-12-31")}), "2026-12-31", 31), "/until out_of_range");
  EXPECT_EQ(renewed(by(ByPlan{}), "2026-12-31", 31), " no_plan");
  RenewalCommand negative = by(ByDays{30});
  negative.amount = -1;
  EXPECT_EQ(renewed(negative, "2026-12-31", 31), "/amount out_of_range");
  EXPECT_EQ(renewed(by(ByDays{3650}), "9999-01-01", 1), " out_of_range");
}

TEST(Renewal, ByMonthsKeepsTheAnchorByDaysAndDateSetItAnew) {
  EXPECT_EQ(renewed(by(ByMonths{1}), "2026-12-31", 31), "2027-01-31 @31");
  EXPECT_EQ(renewed(by(ByMonths{2}), "2026-12-31", 31), "2027-02-28 @31");
  EXPECT_EQ(renewed(by(ByMonths{1}), "2027-02-28", 31), "2027-03-31 @31");
  EXPECT_EQ(renewed(by(ByDays{30}), "2026-12-31", 31), "2027-01-30 @30");
  EXPECT_EQ(renewed(by(Until{day("2027-03-10")}), "2026-12-31", 31), "2027-03-10 @10");
  EXPECT_EQ(renewed(by(ByPlan{}), "2026-12-31", 31, Period{1, PeriodUnit::years}), "2027-12-31 @31");
  EXPECT_EQ(renewed(by(ByPlan{}), "2026-12-31", 31, Period{2, PeriodUnit::months}), "2027-02-28 @31");
  EXPECT_EQ(renewed(by(ByPlan{}), "2026-12-31", 31, Period{15, PeriodUnit::days}), "2027-01-15 @15");
}

TEST(Renewal, ExpiredCountsFromToday) {
  EXPECT_EQ(renewed(by(ByDays{30}), "2026-11-01", 1), "2026-12-23 @23");
  EXPECT_EQ(renewed(by(ByDays{30}, RenewalBase::due), "2026-11-01", 1), "2026-12-01 @1");
  EXPECT_EQ(renewed(by(ByDays{30}, RenewalBase::today), "2026-12-31", 31), "2026-12-23 @23");
  EXPECT_EQ(renewed(by(ByMonths{1}), "2026-11-01", 1), "2026-12-23 @23");
  EXPECT_EQ(renewed(by(ByMonths{1}, RenewalBase::due), "2026-11-01", 1), "2026-12-01 @1");
  // Due today is not expired: the anchor stays even where today is a short month's end.
  EXPECT_EQ(renewed(by(ByMonths{1}), "2026-11-23", 23), "2026-12-23 @23");
  auto outcome =
      renew(by(ByMonths{1}, RenewalBase::today), due(day("2027-02-28")), 31, kPrice, {}, day("2027-02-28"));
  EXPECT_EQ(to_string(outcome->account.expires_on), "2027-03-31");
}

TEST(Renewal, PaidSettlesAndTrustOwes) {
  Account late{kToday - 5, {}, 2000, kToday - 20};
  auto paid = *renew(by(ByDays{30}), late, 18, kPrice, {}, kToday);
  EXPECT_EQ(paid.account, (Account{kToday + 30, {}, 0, {}}));
  EXPECT_EQ(paid.amount, kPrice);
  EXPECT_EQ(paid.days_added, 35);
  EXPECT_EQ(payment_status(paid.account, kToday, 3), PaymentStatus::paid);

  RenewalCommand trust = by(ByDays{30});
  trust.paid = false;
  auto on_trust = *renew(trust, due(kToday - 5), 18, kPrice, {}, kToday);
  EXPECT_EQ(on_trust.account, (Account{kToday + 30, {}, kPrice, kToday}));
  EXPECT_EQ(payment_status(on_trust.account, kToday, 3), PaymentStatus::pending);
  EXPECT_EQ(payment_status(on_trust.account, kToday + 1, 3), PaymentStatus::overdue);
  EXPECT_EQ(renew(trust, due(kToday + 5), 28, kPrice, {}, kToday)->account.owed_on, kToday + 5);
  auto twice = *renew(trust, late, 18, kPrice, {}, kToday);
  EXPECT_EQ(twice.account.owed, 7000);
  EXPECT_EQ(twice.account.owed_on, kToday - 20);
  trust.amount = 0;
  EXPECT_EQ(renew(trust, due(kToday), 23, kPrice, {}, kToday)->account.owed_on, std::nullopt);
}

TEST(Renewal, CanBeUndoneForTenMinutes) {
  Instant at{1'000'000'000};
  EXPECT_EQ(can_undo(at, at + kUndoTime, false, false), UndoVerdict::allowed);
  EXPECT_EQ(can_undo(at, at + kUndoTime + Duration(1), false, false), UndoVerdict::too_late);
  EXPECT_EQ(can_undo(at, at, false, true), UndoVerdict::renewed_since);
  EXPECT_EQ(can_undo(at, at, true, true), UndoVerdict::already_undone);
}

TEST(Renewal, PeriodsAndTexts) {
  EXPECT_TRUE(check_period({3650, PeriodUnit::days}));
  EXPECT_FALSE(check_period({3651, PeriodUnit::days}));
  EXPECT_FALSE(check_period({121, PeriodUnit::months}));
  EXPECT_FALSE(check_period({11, PeriodUnit::years}));
  EXPECT_FALSE(check_period({0, PeriodUnit::days}));
  RenewalBase base{};
  EXPECT_TRUE(from_text("auto", base));
  EXPECT_EQ(base, RenewalBase::automatic);
  EXPECT_FALSE(from_text("automatic", base));
  EXPECT_EQ(to_text(PeriodUnit::years), "years");
  EXPECT_EQ(to_text(Standing::expired), "expired");
  EXPECT_EQ(to_text(PaymentStatus::overdue), "overdue");
}

// Whatever is asked: later than before, never past the limits, and twelve single months are one year.
RC_GTEST_PROP(RenewalProperty, TwelveMonthsAreAYear, ()) {
  Date start = kToday + *rc::gen::inRange(0, 4000);
  unsigned anchor = *rc::gen::inRange(1U, 32U);
  start = add_months(start, 0, anchor);
  if (start < kToday) start = add_months(start, 1, anchor);
  Account account = due(start);
  for (int i = 0; i < 12; ++i) {
    auto next = renew(by(ByMonths{1}), account, anchor, kPrice, {}, kToday);
    RC_ASSERT(next->account.expires_on > account.expires_on);
    RC_ASSERT(next->anchor_day == anchor);
    account = next->account;
  }
  auto year = renew(by(ByPlan{}), due(start), anchor, kPrice, Period{1, PeriodUnit::years}, kToday);
  RC_ASSERT(year->account.expires_on == account.expires_on);
}

} // namespace
} // namespace renova::domain
