#include "api/status_page.hpp"

#include "api/static_files.hpp"

#include <array>

namespace renova::api {
namespace {

struct Text {
  std::string_view name;
  std::array<std::string_view, 3> by_locale; // pt-BR, en, es
};

constexpr std::array kTexts{
    Text{"tagline",
         {"Cada cliente lembrado uma vez, na hora certa.", "Every client reminded once, at the right time.",
          "Cada cliente avisado una vez, a tiempo."}},
    Text{"version_label", {"Versão", "Version", "Versión"}},
    Text{"health_label", {"Saúde", "Health", "Salud"}},
    Text{"checking", {"verificando…", "checking…", "comprobando…"}},
    Text{"ready", {"pronto", "ready", "listo"}},
    Text{"not_ready", {"indisponível", "not available", "no disponible"}},
    Text{"docs", {"Documentação da API", "API documentation", "Documentación de la API"}},
    Text{"document", {"Documento OpenAPI", "OpenAPI document", "Documento OpenAPI"}},
    Text{"setup_title", {"Primeiro acesso", "First steps", "Primeros pasos"}},
    Text{"setup_hint",
         {"Ainda não há ninguém aqui. Crie o primeiro proprietário com o código que o servidor mostrou ao "
          "iniciar.",
          "There is nobody here yet. Create the first owner with the token that the server printed at start.",
          "Todavía no hay nadie. Cree el primer propietario con el código que el servidor mostró al "
          "arrancar."}},
    Text{"setup_token", {"Código", "Token", "Código"}},
    Text{"business", {"Negócio", "Business", "Negocio"}},
    Text{"name", {"Seu nome", "Your name", "Su nombre"}},
    Text{"create", {"Criar", "Create", "Crear"}},
    Text{"sign_in_title", {"Fila de mensagens", "Message queue", "Cola de mensajes"}},
    Text{"email", {"E-mail", "E-mail", "Correo"}},
    Text{"password", {"Senha", "Password", "Contraseña"}},
    Text{"sign_in", {"Entrar", "Sign in", "Entrar"}},
    Text{"sign_out", {"Sair", "Sign out", "Salir"}},
    Text{"state", {"Estado", "State", "Estado"}},
    Text{"count", {"Mensagens", "Messages", "Mensajes"}},
    Text{"empty", {"Nada na fila.", "Nothing is queued.", "Nada en la cola."}},
    Text{"planned", {"agendadas", "put off or held back", "programados"}},
    Text{"queued", {"na fila", "waiting", "en cola"}},
    Text{"sending", {"enviando", "being sent", "enviando"}},
    Text{"unknown", {"sem confirmação", "unconfirmed", "sin confirmar"}},
    Text{"wrong_token",
         {"O código não confere. Copie-o de onde o servidor foi iniciado.",
          "That is not the token. Copy it from where the server was started.",
          "El código no coincide. Cópielo de donde se inició el servidor."}},
    Text{"failed", {"Não foi possível conectar.", "Could not connect.", "No se pudo conectar."}},
};

std::string escape_html(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

} // namespace

http::Response status_page(std::string_view page, Locale locale, std::string_view version) {
  std::string body;
  while (!page.empty()) {
    std::size_t open = page.find("{{");
    body += page.substr(0, open);
    if (open == page.npos) break;
    page.remove_prefix(open + 2);
    std::size_t close = page.find("}}");
    std::string_view name = page.substr(0, close);
    page.remove_prefix(close == page.npos ? page.size() : close + 2);
    if (name == "version") body += escape_html(version);
    if (name == "locale") body += to_text(locale);
    for (const Text& text : kTexts) {
      if (text.name == name) body += text.by_locale.at(static_cast<std::size_t>(locale));
    }
  }
  http::Response response;
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Content-Language", std::string(to_text(locale)));
  response.headers.add("Vary", "Accept-Language");
  response.headers.add("Cache-Control", "no-cache");
  response.headers.add("Content-Security-Policy", std::string(kPagePolicy));
  response.body = std::move(body);
  return response;
}

} // namespace renova::api
