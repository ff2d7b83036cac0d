#include "domain/openings.hpp"

#include "domain/enum_text.hpp"

namespace renova::domain {
namespace {

constexpr std::array<std::string_view, 2> kChannelTypes{"simulator", "cloud_api"};

using Kind = MessageKind;

// Only variables that every business can fill: Pix and links are for the owner to add once they are set up.
// The texts hold on any day of their kind, since a message may wait for the next sending window.
constexpr DefaultTemplate kPortuguese[] = {
    {"Lembrete", Kind::reminder, "",
     "Olá, {primeiro_nome}! Passando para lembrar que o seu plano {plano} vence em {vencimento}. "
     "O valor da renovação é {valor}. Qualquer dúvida, é só responder esta mensagem."},
    {"Vence hoje", Kind::due_today, "",
     "Olá, {primeiro_nome}! O seu plano {plano} vence hoje, {vencimento}. Para continuar sem interrupção, "
     "renove por {valor}. Se já pagou, desconsidere este aviso."},
    {"Vencido", Kind::overdue, "",
     "Olá, {primeiro_nome}. O seu plano {plano} venceu em {vencimento} e ainda não recebemos a renovação de "
     "{valor}. Podemos ajudar em algo? Se já pagou, desconsidere este aviso."},
    {"Renovado", Kind::renewed, "",
     "Obrigado, {primeiro_nome}! O seu plano {plano} foi renovado e agora vale até {vencimento}."},
    {"Boas-vindas", Kind::welcome, "",
     "Olá, {primeiro_nome}! Seja bem-vindo(a) à {negocio}. O seu plano {plano} está ativo até {vencimento}."},
    {"Promoção", Kind::promo, "",
     "Olá, {primeiro_nome}! A {negocio} preparou uma condição especial para você. Responda esta mensagem "
     "para saber mais."},
    {"Mensagem livre", Kind::custom, "", "Olá, {primeiro_nome}! Uma mensagem da {negocio} para você."},
    {"Lembrete IPTV", Kind::reminder, "IPTV",
     "Olá, {primeiro_nome}! 📺 A sua TV por {plano} vence em {vencimento}. Renove por {valor} e não perca "
     "nenhum programa."},
    {"IPTV vence hoje", Kind::due_today, "IPTV",
     "Olá, {primeiro_nome}! 📺 Hoje, {vencimento}, é o último dia da sua TV por {plano}. Renove por {valor} e "
     "siga assistindo."},
    {"IPTV vencida", Kind::overdue, "IPTV",
     "Olá, {primeiro_nome}. 📺 A sua TV por {plano} venceu em {vencimento}. Com {valor} ela volta na hora. Se "
     "já pagou, desconsidere."},
    {"Promoção IPTV", Kind::promo, "IPTV",
     "Olá, {primeiro_nome}! 📺 Indique um amigo para a {negocio} e ganhe desconto na sua próxima renovação."},
    {"Lembrete VPN", Kind::reminder, "VPN",
     "Olá, {primeiro_nome}! 🔒 A sua conexão {plano} vence em {vencimento}. Renove por {valor} e continue "
     "protegido(a)."},
    {"VPN vence hoje", Kind::due_today, "VPN",
     "Olá, {primeiro_nome}! 🔒 A sua conexão {plano} vence hoje, {vencimento}. Renove por {valor} para não "
     "ficar sem acesso."},
    {"VPN vencida", Kind::overdue, "VPN",
     "Olá, {primeiro_nome}. 🔒 A sua conexão {plano} venceu em {vencimento}. Reative por {valor}. Se já "
     "pagou, desconsidere."},
    {"Promoção VPN", Kind::promo, "VPN",
     "Olá, {primeiro_nome}! 🔒 A {negocio} tem planos mais longos por menos. Responda esta mensagem para "
     "conhecer."}};

constexpr DefaultTemplate kEnglish[] = {
    {"Reminder", Kind::reminder, "",
     "Hello {first_name}, just a reminder that your {plan} plan is due on {due_date}. Renewing costs "
     "{value}. "
     "Any questions? Simply reply to this message."},
    {"Due today", Kind::due_today, "",
     "Hello {first_name}, your {plan} plan is due today, {due_date}. Renew for {value} to keep it running. "
     "If you have already paid, please ignore this note."},
    {"Overdue", Kind::overdue, "",
     "Hello {first_name}, your {plan} plan ran out on {due_date} and we have not received the renewal of "
     "{value} yet. "
     "Can we help? If you have already paid, please ignore this note."},
    {"Renewed", Kind::renewed, "",
     "Thank you, {first_name}! Your {plan} plan is renewed and now runs until {due_date}."},
    {"Welcome", Kind::welcome, "",
     "Hello {first_name}, welcome to {business}! Your {plan} plan is active until {due_date}."},
    {"Promotion", Kind::promo, "",
     "Hello {first_name}! {business} has a special offer for you. Reply to this message to learn more."},
    {"Free message", Kind::custom, "", "Hello {first_name}, a message from {business} for you."},
    {"IPTV reminder", Kind::reminder, "IPTV",
     "Hello {first_name}! 📺 Your {plan} TV is due on {due_date}. Renew for {value} and do not miss a show."},
    {"IPTV due today", Kind::due_today, "IPTV",
     "Hello {first_name}! 📺 Today, {due_date}, is the last day of your {plan} TV. Renew for {value} and keep "
     "watching."},
    {"IPTV overdue", Kind::overdue, "IPTV",
     "Hello {first_name}. 📺 Your {plan} TV ran out on {due_date}. {value} brings it back. If you have paid, "
     "please ignore this."},
    {"IPTV promotion", Kind::promo, "IPTV",
     "Hello {first_name}! 📺 Bring a friend to {business} and your next renewal gets cheaper."},
    {"VPN reminder", Kind::reminder, "VPN",
     "Hello {first_name}! 🔒 Your {plan} connection is due on {due_date}. Renew for {value} and stay "
     "protected."},
    {"VPN due today", Kind::due_today, "VPN",
     "Hello {first_name}! 🔒 Your {plan} connection is due today, {due_date}. Renew for {value} to keep your "
     "access."},
    {"VPN overdue", Kind::overdue, "VPN",
     "Hello {first_name}. 🔒 Your {plan} connection ran out on {due_date}. Reactivate it for {value}. If you "
     "have paid, please ignore this."},
    {"VPN promotion", Kind::promo, "VPN",
     "Hello {first_name}! 🔒 {business} has longer plans for less. Reply to this message to see them."}};

constexpr DefaultTemplate kSpanish[] = {
    {"Recordatorio", Kind::reminder, "",
     "Hola, {first_name}. Te recordamos que tu plan {plan} vence el {due_date}. La renovación cuesta "
     "{value}. "
     "Si tienes dudas, responde a este mensaje."},
    {"Vence hoy", Kind::due_today, "",
     "Hola, {first_name}. Tu plan {plan} vence hoy, {due_date}. Renueva por {value} para seguir sin cortes. "
     "Si ya pagaste, ignora este aviso."},
    {"Vencido", Kind::overdue, "",
     "Hola, {first_name}. Tu plan {plan} venció el {due_date} y aún no recibimos la renovación de {value}. "
     "¿Podemos ayudarte? Si ya pagaste, ignora este aviso."},
    {"Renovado", Kind::renewed, "",
     "¡Gracias, {first_name}! Tu plan {plan} está renovado y vale hasta el {due_date}."},
    {"Bienvenida", Kind::welcome, "",
     "Hola, {first_name}. ¡Te damos la bienvenida a {business}! Tu plan {plan} está activo hasta el "
     "{due_date}."},
    {"Promoción", Kind::promo, "",
     "Hola, {first_name}. {business} tiene una oferta especial para ti. Responde a este mensaje para saber "
     "más."},
    {"Mensaje libre", Kind::custom, "", "Hola, {first_name}. Un mensaje de {business} para ti."},
    {"Recordatorio IPTV", Kind::reminder, "IPTV",
     "Hola, {first_name}. 📺 Tu TV {plan} vence el {due_date}. Renueva por {value} y no te pierdas nada."},
    {"IPTV vence hoy", Kind::due_today, "IPTV",
     "Hola, {first_name}. 📺 Hoy, {due_date}, es el último día de tu TV {plan}. Renueva por {value} y sigue "
     "mirando."},
    {"IPTV vencida", Kind::overdue, "IPTV",
     "Hola, {first_name}. 📺 Tu TV {plan} venció el {due_date}. Con {value} vuelve enseguida. Si ya pagaste, "
     "ignora este aviso."},
    {"Promoción IPTV", Kind::promo, "IPTV",
     "Hola, {first_name}. 📺 Trae a un amigo a {business} y tu próxima renovación será más barata."},
    {"Recordatorio VPN", Kind::reminder, "VPN",
     "Hola, {first_name}. 🔒 Tu conexión {plan} vence el {due_date}. Renueva por {value} y sigue con "
     "protección."},
    {"VPN vence hoy", Kind::due_today, "VPN",
     "Hola, {first_name}. 🔒 Tu conexión {plan} vence hoy, {due_date}. Renueva por {value} para no perder el "
     "acceso."},
    {"VPN vencida", Kind::overdue, "VPN",
     "Hola, {first_name}. 🔒 Tu conexión {plan} venció el {due_date}. Reactívala por {value}. Si ya pagaste, "
     "ignora este aviso."},
    {"Promoción VPN", Kind::promo, "VPN",
     "Hola, {first_name}. 🔒 {business} tiene planes más largos por menos. Responde a este mensaje para "
     "conocerlos."}};

constexpr DefaultRule kPortugueseRules[] = {
    {"3 dias antes", -3, 540, true}, {"No dia do vencimento", 0, 600, true}, {"1 dia depois", 1, 600, false}};
constexpr DefaultRule kEnglishRules[] = {
    {"3 days before", -3, 540, true}, {"On the due date", 0, 600, true}, {"1 day after", 1, 600, false}};
constexpr DefaultRule kSpanishRules[] = {{"3 días antes", -3, 540, true},
                                         {"El día del vencimiento", 0, 600, true},
                                         {"1 día después", 1, 600, false}};

} // namespace

std::span<const DefaultTemplate> default_templates(Locale locale) {
  switch (locale) {
    case Locale::pt_br:
      return kPortuguese;
    case Locale::en:
      return kEnglish;
    case Locale::es:
      break;
  }
  return kSpanish;
}

std::span<const DefaultRule> default_rules(Locale locale) {
  switch (locale) {
    case Locale::pt_br:
      return kPortugueseRules;
    case Locale::en:
      return kEnglishRules;
    case Locale::es:
      break;
  }
  return kSpanishRules;
}

SendingWindows default_windows() {
  SendingWindows windows;
  for (std::size_t day = 0; day < 6; ++day) windows.days[day] = {MinuteRange{8 * 60, 20 * 60}};
  return windows;
}

std::string_view to_text(ChannelType type) { return enum_to_text(kChannelTypes, type); }
bool from_text(std::string_view text, ChannelType& out) { return enum_from_text(kChannelTypes, text, out); }

PacingPolicy default_pacing(ChannelType type) {
  PacingPolicy policy;
  if (type == ChannelType::cloud_api) {
    // PROTOCOLS.md §1.5: 80 messages a second in and out, 1 per 6 s to the same user.
    policy.min_gap_ms = 20;
    policy.pair_gap_ms = 6000;
  }
  return policy;
}

} // namespace renova::domain
