// What follows from a subscription's due date, and what a renewal makes of it (DESIGN.md §5).
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/calendar.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace renova::domain {

inline constexpr int kMaxRenewalDays = 3650;
inline constexpr int kMaxRenewalMonths = 120;
inline constexpr int kMaxRenewalYears = 10;
inline constexpr int kMaxExpiringDays = 60;
inline constexpr Duration kUndoTime = std::chrono::minutes(10);

enum class PeriodUnit { days, months, years };
std::string_view to_text(PeriodUnit unit); // "days", "months", "years"
bool from_text(std::string_view text, PeriodUnit& out);

struct Period {
  int count = 1;
  PeriodUnit unit = PeriodUnit::months;
  friend bool operator==(const Period&, const Period&) = default;
};
// 1–3650 days, 1–120 months, 1–10 years. Error: out_of_range at "/count".
result<Period> check_period(Period period);

enum class Standing { active, expiring, expired };
std::string_view to_text(Standing standing);
bool from_text(std::string_view text, Standing& out);

enum class PaymentStatus { paid, pending, overdue };
std::string_view to_text(PaymentStatus status);
bool from_text(std::string_view text, PaymentStatus& out);

// What of a subscription decides about its payment. `owed` is what was renewed on trust or declared unpaid;
// `owed_on` is the last day on which it is not late.
struct Account {
  Date expires_on;
  std::optional<Date> prepaid_until; // due dates up to and including this one are paid
  std::int64_t owed = 0;             // minor units, ≥ 0
  std::optional<Date> owed_on;
  friend bool operator==(const Account&, const Account&) = default;
};

// expired: expires_on < today; expiring: 0…expiring_days away; else active.
Standing standing(Date expires_on, Date today, int expiring_days);

// The collection window in days: how early the earliest reminder goes out, at least `expiring_days`.
// `earliest_offset` is the smallest offset of the enabled rules (negative before the due date).
int collection_window(int earliest_offset, int expiring_days);

// True when the due date `due_on` needs no collecting: it is prepaid and nothing else is owed.
bool is_settled(const Account& account, Date due_on);

// overdue: an owed amount is past its date, or the due date is past and not prepaid. pending: something is
// owed, or the due date lies within `window` days and is not prepaid. Else paid.
PaymentStatus payment_status(const Account& account, Date today, int window);

// The account after the owner declared `wanted`; payment_status() of it is `wanted` (property-tested).
// paid: nothing is owed any more, and the present due date is prepaid, unless there was a debt and the due
// date lies outside the window: then only the debt was paid. pending: not prepaid; a due date outside the
// window, or past, becomes an owed `price` that is payable until the due date, or today. overdue: the price
// is owed since yesterday.
Account declare_payment(Account account, PaymentStatus wanted, std::int64_t price, Date today, int window);

enum class RenewalBase { due, today, automatic };
std::string_view to_text(RenewalBase base); // "due", "today", "auto"
bool from_text(std::string_view text, RenewalBase& out);

struct ByDays {
  int days = 30;
};
struct ByMonths {
  int months = 1;
};
struct Until {
  Date date;
};
struct ByPlan {};

struct RenewalCommand {
  std::variant<ByPlan, ByDays, ByMonths, Until> by;
  RenewalBase from = RenewalBase::automatic;
  bool paid = true;                   // false: on trust; the amount becomes owed
  std::optional<std::int64_t> amount; // minor units; absent: the subscription's price
};

struct RenewalOutcome {
  Account account; // with the new due date
  unsigned anchor_day = 1;
  std::int64_t amount = 0; // what was paid, or is owed
  int days_added = 0;      // new due date − old
};

// Applies `command`. `automatic` counts from today when expired, else from the due date. Months from the due
// date keep `anchor_day` (31 → 28 → 31); days and a date set it anew, and so do months counted from today,
// which begin a new cycle (a month from the 23rd ends on the 23rd). `until` must lie after the present due
// date. A paid renewal settles whatever was owed; one on trust adds to it, payable until the old due date, or
// today if that is past. Errors: out_of_range at /days, /months, /until, /amount; not_after_due at /until;
// no_plan at "" (ByPlan without `plan_period`).
result<RenewalOutcome> renew(const RenewalCommand& command, const Account& account, unsigned anchor_day,
                             std::int64_t price, std::optional<Period> plan_period, Date today);

enum class UndoVerdict { allowed, already_undone, too_late, renewed_since };
std::string_view to_text(UndoVerdict verdict);

// A renewal can be undone for ten minutes, as long as no later one (that is not itself undone) stands on it.
UndoVerdict can_undo(Instant renewed_at, Instant now, bool undone, bool renewed_since);

} // namespace renova::domain
