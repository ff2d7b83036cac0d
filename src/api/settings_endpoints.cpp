// GET and PATCH /settings.

#include "api/core.hpp"
#include "services/settings.hpp"

namespace renova::api {
namespace {

using services::WindowTexts;

struct WeekPatch {
  Patch<WindowTexts> mon, tue, wed, thu, fri, sat, sun;
};
BOOST_DESCRIBE_STRUCT(WeekPatch, (), (mon, tue, wed, thu, fri, sat, sun))

struct PixPatch {
  PatchRequired<services::PixKeyType> key_type;
  PatchRequired<std::string> key;
  Patch<std::string> holder;
  Patch<std::string> city;
};
BOOST_DESCRIBE_STRUCT(PixPatch, (), (key_type, key, holder, city))

struct SettingsPatch {
  PatchRequired<std::string> business;
  PatchRequired<std::string> time_zone;
  PatchRequired<std::string> locale;
  PatchRequired<std::string> currency;
  PatchRequired<std::string> country;
  PatchRequired<std::int64_t> expiring_days;
  PatchRequired<WeekPatch> sending_windows;
  Patch<std::vector<Date>> holidays;
  Patch<PixPatch> pix;
  Patch<std::string> support_phone;
};
BOOST_DESCRIBE_STRUCT(SettingsPatch, (),
                      (business, time_zone, locale, currency, country, expiring_days, sending_windows,
                       holidays, pix, support_phone))

constexpr std::string_view kExample =
    R"({"business":"Loja Exemplo","time_zone":"America/Sao_Paulo","locale":"pt-BR","currency":"BRL",
"country":"BR","expiring_days":3,"sending_windows":{"mon":[["08:00","20:00"]],"tue":[["08:00","20:00"]],
"wed":[["08:00","20:00"]],"thu":[["08:00","20:00"]],"fri":[["08:00","20:00"]],
"sat":[["08:00","20:00"]],"sun":[]},"holidays":["2026-12-25"],
"pix":{"key_type":"evp","key":"123e4567-e89b-12d3-a456-426614174000","holder":"Loja Exemplo",
"city":"Sao Paulo"},
"support_phone":null})";

void apply(const Patch<WindowTexts>& patch, WindowTexts& day) {
  if (patch.present) day = patch.value.value_or(WindowTexts());
}

void apply(const WeekPatch& patch, services::WeekTexts& week) {
  apply(patch.mon, week.mon);
  apply(patch.tue, week.tue);
  apply(patch.wed, week.wed);
  apply(patch.thu, week.thu);
  apply(patch.fri, week.fri);
  apply(patch.sat, week.sat);
  apply(patch.sun, week.sun);
}

// A Pix key set for the first time needs both its type and itself.
result<void> apply(const PixPatch& patch, std::optional<services::PixSettings>& pix) {
  if (!pix) {
    if (!patch.key_type.value) return field_error("/pix/key_type", "required", "is required");
    if (!patch.key.value) return field_error("/pix/key", "required", "is required");
    pix.emplace();
  }
  patch.key_type.apply_to(pix->key_type);
  patch.key.apply_to(pix->key);
  patch.holder.apply_to(pix->holder);
  patch.city.apply_to(pix->city);
  return {};
}

result<void> apply(const SettingsPatch& patch, services::Settings& settings) {
  patch.business.apply_to(settings.business);
  patch.time_zone.apply_to(settings.time_zone);
  patch.locale.apply_to(settings.locale);
  patch.currency.apply_to(settings.currency);
  patch.country.apply_to(settings.country);
  patch.expiring_days.apply_to(settings.expiring_days);
  if (patch.sending_windows.value) apply(*patch.sending_windows.value, settings.sending_windows);
  if (patch.holidays.present) settings.holidays = patch.holidays.value.value_or(std::vector<Date>());
  if (patch.pix.clears()) {
    settings.pix.reset();
  } else if (patch.pix.value) {
    TRY_DO(apply(*patch.pix.value, settings.pix));
  }
  patch.support_phone.apply_to(settings.support_phone);
  return {};
}

Reply to_reply(const services::VersionedSettings& settings) {
  return ok(static_cast<const services::Settings&>(settings), settings.version);
}

result<Unit> get(const Call&) {
  return Unit([](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(auto settings, services::get_settings(tx));
    return to_reply(settings);
  });
}

result<Unit> change(const Call& call) {
  TRY(SettingsPatch patch, call.body<SettingsPatch>());
  return Unit([patch, if_match = call.if_match(), actor = call.actor(),
               now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(auto settings, services::get_settings(tx));
    if (if_match && *if_match != settings.version) {
      return Error(ErrorCode::version_mismatch, "the settings have been changed since");
    }
    TRY_DO(apply(patch, settings));
    TRY(auto stored, services::put_settings(tx, settings, settings.version, actor, now));
    return to_reply(stored);
  });
}

} // namespace

void add_settings_routes(RouteTable& routes, Core&) {
  routes
      .get("/api/v1/settings", Role::viewer, RateClass::normal, "getSettings",
           "The settings of this business")
      .answers<services::Settings>(200, kExample)
      .read(get);
  routes
      .patch("/api/v1/settings", Role::admin, RateClass::normal, "changeSettings",
             "Changes some of the settings (merge patch)")
      .takes<SettingsPatch>(R"({"expiring_days":5,"holidays":["2026-12-25"]})")
      .answers<services::Settings>(200, kExample)
      .conditional()
      .write(change);
}

} // namespace renova::api
