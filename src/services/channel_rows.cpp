#include "services/channel_rows.hpp"

#include "base/json.hpp"

#include <boost/json.hpp>

namespace renova::services::channels {
namespace {

Error unreadable(std::string_view what) {
  return Error(ErrorCode::internal, "a stored " + std::string(what) + " of a channel is not readable");
}

result<boost::json::object> read_object(std::string_view text, std::string_view what) {
  boost::json::error_code ec;
  boost::json::value value = boost::json::parse(boost::json::string_view(text.data(), text.size()), ec);
  if (ec || !value.is_object()) return unreadable(what);
  return std::move(value.get_object());
}

} // namespace

result<channel_config::Config> open_config(const storage::ChannelRow& row, const SecretBox& secrets) {
  channel_config::Config out;
  TRY(out.plain, read_object(row.config, "config"));
  if (!row.secrets) return out;
  std::string_view sealed(reinterpret_cast<const char*>(row.secrets->data()), row.secrets->size());
  TRY(std::string opened, secrets.open(sealed));
  TRY(boost::json::object object, read_object(opened, "secret"));
  for (const auto& member : object) {
    if (!member.value().is_string()) return unreadable("secret");
    out.secrets.emplace(std::string(member.key()), std::string(member.value().get_string()));
  }
  return out;
}

void put_config(storage::ChannelRow& row, const channel_config::Config& config, const SecretBox& secrets) {
  row.config = boost::json::serialize(config.plain);
  row.secrets.reset();
  if (config.secrets.empty()) return;
  boost::json::object object;
  for (const auto& [name, secret] : config.secrets) object[name] = secret;
  std::string sealed = secrets.seal(boost::json::serialize(object));
  row.secrets.emplace(sealed.begin(), sealed.end());
}

result<domain::PacingPolicy> read_pacing(const storage::ChannelRow& row) {
  TRY(boost::json::object object, read_object(row.pacing, "pacing"));
  auto pacing = channel_config::merge_pacing(row.type, domain::default_pacing(row.type), object);
  if (pacing.has_error()) return unreadable("pacing");
  return *pacing;
}

result<domain::BreakerPolicy> read_breaker(const storage::ChannelRow& row) {
  TRY(boost::json::object object, read_object(row.breaker, "breaker"));
  auto breaker = channel_config::merge_breaker({}, object);
  if (breaker.has_error()) return unreadable("breaker");
  return *breaker;
}

result<Channel> from_row(const storage::ChannelRow& row, const SecretBox& secrets) {
  Channel out;
  out.id = row.id;
  out.name = row.name;
  out.type = row.type;
  out.enabled = row.enabled;
  TRY(channel_config::Config config, open_config(row, secrets));
  out.config = channel_config::shown(row.type, config);
  TRY(out.pacing, read_pacing(row));
  TRY(out.breaker, read_breaker(row));
  out.paused = row.paused;
  out.pause_reason = row.pause_reason;
  out.paused_until = row.paused_until;
  out.version = row.version;
  out.created_at = row.created_at;
  out.updated_at = row.updated_at;
  return out;
}

std::string describe(const Channel& channel) {
  boost::json::object out{{"name", channel.name},
                          {"type", boost::json::string(domain::to_text(channel.type))},
                          {"enabled", channel.enabled},
                          {"config", channel.config},
                          {"pacing", channel_config::to_json(channel.pacing)},
                          {"breaker", channel_config::to_json(channel.breaker)},
                          {"paused", channel.paused}};
  return boost::json::serialize(out);
}

std::string test_text(domain::Locale locale, std::string_view business) {
  std::string name(business);
  switch (locale) {
    case domain::Locale::en:
      return "Test message from " + name + ". Everything works.";
    case domain::Locale::es:
      return "Mensaje de prueba de " + name + ". Todo funciona.";
    case domain::Locale::pt_br:
      break;
  }
  return "Mensagem de teste de " + name + ". Está tudo funcionando.";
}

} // namespace renova::services::channels
