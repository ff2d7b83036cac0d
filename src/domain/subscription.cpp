#include "domain/subscription.hpp"

#include "domain/enum_text.hpp"
#include "domain/money.hpp"

#include <algorithm>

namespace renova::domain {
namespace {

constexpr std::array<std::string_view, 3> kUnits{"days", "months", "years"};
constexpr std::array<std::string_view, 3> kStandings{"active", "expiring", "expired"};
constexpr std::array<std::string_view, 3> kStatuses{"paid", "pending", "overdue"};
constexpr std::array<std::string_view, 3> kBases{"due", "today", "auto"};
constexpr std::array<std::string_view, 4> kVerdicts{"allowed", "already_undone", "too_late", "renewed_since"};

constexpr int kMonthsPerYear = 12;
// Dates beyond this are mistakes: year 9999 is the last that the API can write.
const Date kLastDate = Date::of(9999, 12, 31);

bool is_prepaid(const Account& account) {
  return account.prepaid_until && *account.prepaid_until >= account.expires_on;
}

Error out_of_range(std::string_view pointer, int max) {
  return field_error(std::string(pointer), "out_of_range", "must be from 1 to " + std::to_string(max));
}

struct Move {
  Date expires_on;
  unsigned anchor_day;
};

result<Move> move_days(Date base, int days) {
  if (days < 1 || days > kMaxRenewalDays) return out_of_range("/days", kMaxRenewalDays);
  Date to = base + days;
  return Move{to, to.day()};
}

// `keeps_anchor`: counted from the due date.
result<Move> move_months(Date base, int months, unsigned anchor_day, bool keeps_anchor,
                         std::string_view pointer) {
  if (months < 1 || months > kMaxRenewalMonths) return out_of_range(pointer, kMaxRenewalMonths);
  unsigned anchor = keeps_anchor ? anchor_day : base.day();
  return Move{add_months(base, months, anchor), anchor};
}

result<Move> move(const RenewalCommand& command, const Account& account, unsigned anchor_day,
                  std::optional<Period> plan_period, Date today) {
  bool expired = account.expires_on < today;
  bool from_today = command.from == RenewalBase::today || (command.from == RenewalBase::automatic && expired);
  Date base = from_today ? today : account.expires_on;
  // From the due date on the due day itself, today is the due date.
  bool keeps_anchor = base == account.expires_on;
  if (const auto* by = std::get_if<ByDays>(&command.by)) return move_days(base, by->days);
  if (const auto* by = std::get_if<ByMonths>(&command.by)) {
    return move_months(base, by->months, anchor_day, keeps_anchor, "/months");
  }
  if (const auto* until = std::get_if<Until>(&command.by)) {
    if (until->date <= account.expires_on) {
      return field_error("/until", "not_after_due", "must be later than the present due date");
    }
    Date latest = std::max(account.expires_on, today) + kMaxRenewalDays;
    if (until->date > latest) {
      return field_error("/until", "out_of_range", "must be at most 3650 days ahead");
    }
    return Move{until->date, until->date.day()};
  }
  if (!plan_period) return field_error("", "no_plan", "has no plan: say days, months or until");
  switch (plan_period->unit) {
    case PeriodUnit::days:
      return move_days(base, plan_period->count);
    case PeriodUnit::months:
      return move_months(base, plan_period->count, anchor_day, keeps_anchor, "");
    case PeriodUnit::years:
      break;
  }
  return move_months(base, plan_period->count * kMonthsPerYear, anchor_day, keeps_anchor, "");
}

} // namespace

std::string_view to_text(PeriodUnit unit) { return enum_to_text(kUnits, unit); }
bool from_text(std::string_view text, PeriodUnit& out) { return enum_from_text(kUnits, text, out); }
std::string_view to_text(Standing standing) { return enum_to_text(kStandings, standing); }
bool from_text(std::string_view text, Standing& out) { return enum_from_text(kStandings, text, out); }
std::string_view to_text(PaymentStatus status) { return enum_to_text(kStatuses, status); }
bool from_text(std::string_view text, PaymentStatus& out) { return enum_from_text(kStatuses, text, out); }
std::string_view to_text(RenewalBase base) { return enum_to_text(kBases, base); }
bool from_text(std::string_view text, RenewalBase& out) { return enum_from_text(kBases, text, out); }
std::string_view to_text(UndoVerdict verdict) { return enum_to_text(kVerdicts, verdict); }

result<Period> check_period(Period period) {
  int max = kMaxRenewalDays;
  if (period.unit == PeriodUnit::months) max = kMaxRenewalMonths;
  if (period.unit == PeriodUnit::years) max = kMaxRenewalYears;
  if (period.count < 1 || period.count > max) return out_of_range("/count", max);
  return period;
}

Standing standing(Date expires_on, Date today, int expiring_days) {
  int days = expires_on - today;
  if (days < 0) return Standing::expired;
  return days <= expiring_days ? Standing::expiring : Standing::active;
}

int collection_window(int earliest_offset, int expiring_days) {
  return std::max(-earliest_offset, expiring_days);
}

bool is_settled(const Account& account, Date due_on) {
  return account.owed == 0 && account.prepaid_until && *account.prepaid_until >= due_on;
}

PaymentStatus payment_status(const Account& account, Date today, int window) {
  bool owes = account.owed > 0;
  bool prepaid = is_prepaid(account);
  if (owes && (!account.owed_on || *account.owed_on < today)) return PaymentStatus::overdue;
  if (!prepaid && account.expires_on < today) return PaymentStatus::overdue;
  if (owes) return PaymentStatus::pending;
  if (prepaid || account.expires_on - today > window) return PaymentStatus::paid;
  return PaymentStatus::pending;
}

Account declare_payment(Account account, PaymentStatus wanted, std::int64_t price, Date today, int window) {
  bool past = account.expires_on < today;
  bool far = account.expires_on - today > window;
  bool owes = account.owed > 0;
  std::int64_t owed = std::max(account.owed, price);
  switch (wanted) {
    case PaymentStatus::paid:
      // With a debt and a due date far away it is the debt that was paid; else it is the due date.
      if (!owes || !far)
        account.prepaid_until =
            std::max(account.prepaid_until.value_or(account.expires_on), account.expires_on);
      account.owed = 0;
      account.owed_on.reset();
      break;
    case PaymentStatus::pending:
      // Past its due date it is late by itself; the claim on this cycle becomes an owed amount that may be
      // paid today.
      account.prepaid_until = past ? std::optional(account.expires_on) : std::nullopt;
      if (past || far) account.owed = owed;
      account.owed_on = account.owed > 0 ? std::optional(std::max(account.expires_on, today)) : std::nullopt;
      break;
    case PaymentStatus::overdue:
      account.prepaid_until.reset();
      account.owed = past ? account.owed : owed;
      account.owed_on = account.owed > 0 ? std::optional(today - 1) : std::nullopt;
      break;
  }
  return account;
}

result<RenewalOutcome> renew(const RenewalCommand& command, const Account& account, unsigned anchor_day,
                             std::int64_t price, std::optional<Period> plan_period, Date today) {
  TRY(Move moved, move(command, account, anchor_day, plan_period, today));
  if (moved.expires_on > kLastDate) return field_error("", "out_of_range", "must end before the year 10000");
  std::int64_t amount = command.amount.value_or(price);
  if (amount < 0 || amount > kMaxAmount) {
    return field_error("/amount", "out_of_range", "must be from 0 to 9999999999");
  }
  RenewalOutcome outcome{account, moved.anchor_day, amount, moved.expires_on - account.expires_on};
  outcome.account.expires_on = moved.expires_on;
  if (command.paid) {
    outcome.account.owed = 0;
    outcome.account.owed_on.reset();
  } else if (amount > 0) {
    if (__builtin_add_overflow(account.owed, amount, &outcome.account.owed)) {
      return field_error("/amount", "out_of_range", "is too much together with what is owed");
    }
    // The older debt keeps its date: what was late stays late.
    outcome.account.owed_on =
        account.owed > 0 && account.owed_on ? account.owed_on : std::max(account.expires_on, today);
  }
  return outcome;
}

UndoVerdict can_undo(Instant renewed_at, Instant now, bool undone, bool renewed_since) {
  if (undone) return UndoVerdict::already_undone;
  if (renewed_since) return UndoVerdict::renewed_since;
  return now - renewed_at > kUndoTime ? UndoVerdict::too_late : UndoVerdict::allowed;
}

} // namespace renova::domain
