#include "api/problem.hpp"

#include "base/json.hpp"

#include <array>

namespace renova::api {
namespace {

struct Entry {
  ErrorCode code;
  int status;
  std::string_view text;
  std::string_view pt_br;
  std::string_view en;
  std::string_view es;
};

// The closed list of what can go wrong. tools/ makes the TypeScript mirror of it.
constexpr std::array kProblems{
    Entry{ErrorCode::malformed, 400, "malformed", "O pedido está malformado", "The request is malformed",
          "La petición está mal formada"},
    Entry{ErrorCode::validation_failed, 422, "validation_failed", "Alguns dados não são válidos",
          "Some data is not valid", "Algunos datos no son válidos"},
    Entry{ErrorCode::not_found, 404, "not_found", "Não encontrado", "Not found", "No encontrado"},
    Entry{ErrorCode::conflict, 409, "conflict", "Em conflito com o estado atual",
          "In conflict with the present state", "En conflicto con el estado actual"},
    Entry{ErrorCode::version_mismatch, 412, "version_mismatch", "Outra pessoa alterou isto antes",
          "Somebody else has changed this", "Otra persona lo cambió antes"},
    Entry{ErrorCode::idempotency_mismatch, 422, "idempotency_mismatch",
          "A Idempotency-Key já serviu a outro pedido", "The Idempotency-Key was used for another request",
          "La Idempotency-Key ya se usó para otra petición"},
    Entry{ErrorCode::unauthenticated, 401, "unauthenticated", "É preciso entrar", "You must sign in",
          "Hay que iniciar sesión"},
    Entry{ErrorCode::forbidden, 403, "forbidden", "Sem permissão para isto", "You may not do this",
          "Sin permiso para esto"},
    Entry{ErrorCode::limit_exceeded, 403, "limit_exceeded", "O limite do plano foi atingido",
          "A quota is used up", "Se alcanzó el límite"},
    Entry{ErrorCode::unsupported_media_type, 415, "unsupported_media_type", "Tipo de conteúdo não aceito",
          "Content type not accepted", "Tipo de contenido no aceptado"},
    Entry{ErrorCode::method_not_allowed, 405, "method_not_allowed", "Método não permitido aqui",
          "Method not allowed here", "Método no permitido aquí"},
    Entry{ErrorCode::payload_too_large, 413, "payload_too_large", "O conteúdo é grande demais",
          "The content is too large", "El contenido es demasiado grande"},
    Entry{ErrorCode::rate_limited, 429, "rate_limited", "Pedidos demais; tente mais tarde",
          "Too many requests; try later", "Demasiadas peticiones; inténtelo más tarde"},
    Entry{ErrorCode::circuit_open, 503, "circuit_open",
          "O outro lado está com problemas; pausa por um momento",
          "The other side is failing; leaving it alone for a moment",
          "El otro lado está fallando; se le da una pausa"},
    Entry{ErrorCode::unavailable, 503, "unavailable", "Indisponível no momento; tente de novo",
          "Not available right now; try again", "No disponible ahora; inténtelo de nuevo"},
    Entry{ErrorCode::storage_full, 507, "storage_full", "O disco do servidor está cheio",
          "The server's disk is full", "El disco del servidor está lleno"},
    Entry{ErrorCode::remote_failed, 502, "remote_failed", "O outro lado respondeu com um erro",
          "The other side answered with an error", "El otro lado respondió con un error"},
    Entry{ErrorCode::internal, 500, "internal", "Erro interno", "Internal error", "Error interno"},
};
static_assert(kProblems.size() == static_cast<std::size_t>(ErrorCode::internal) + 1);

const Entry& entry_of(ErrorCode code) {
  for (const Entry& entry : kProblems) {
    if (entry.code == code) return entry;
  }
  return kProblems.back();
}

constexpr int kRetryDefault = 1; // seconds: what to say when the cause names no time

// Statuses that only the protocol layer gives, and so are no ErrorCode.
struct ProtocolEntry {
  int status;
  std::string_view text;
  std::string_view title;
};
constexpr std::array kProtocolProblems{
    ProtocolEntry{400, "malformed", "The request is malformed"},
    ProtocolEntry{408, "request_timeout", "The request took too long to arrive"},
    ProtocolEntry{413, "payload_too_large", "The content is too large"},
    ProtocolEntry{414, "uri_too_long", "The request line is too long"},
    ProtocolEntry{417, "expectation_failed", "The expectation cannot be met"},
    ProtocolEntry{426, "upgrade_required", "This address speaks another protocol"},
    ProtocolEntry{431, "headers_too_large", "The header lines are too large"},
    ProtocolEntry{500, "internal", "Internal error"},
    ProtocolEntry{501, "not_implemented", "The server does not know this"},
    ProtocolEntry{503, "unavailable", "Not available right now; try again"},
    ProtocolEntry{505, "version_not_supported", "The HTTP version is not supported"},
};

} // namespace

int status_of(ErrorCode code) { return entry_of(code).status; }
std::string_view text_of(ErrorCode code) { return entry_of(code).text; }

std::string_view title_of(ErrorCode code, Locale locale) {
  const Entry& entry = entry_of(code);
  switch (locale) {
    case Locale::pt_br:
      return entry.pt_br;
    case Locale::en:
      return entry.en;
    case Locale::es:
      return entry.es;
  }
  return entry.en;
}

http::Response problem(const Error& error, Locale locale, std::string_view request_id) {
  const Entry& entry = entry_of(error.code);
  http::Response response;
  response.status = entry.status;
  response.headers.add("Content-Type", "application/problem+json");
  response.headers.add("Content-Language", std::string(to_text(locale)));
  if (entry.status == 429 || entry.status == 503) {
    response.headers.add("Retry-After",
                         std::to_string(error.retry_after_s > 0 ? error.retry_after_s : kRetryDefault));
  }
  if (entry.status == 401) response.headers.add("WWW-Authenticate", "Bearer realm=\"renova\"");
  JsonWriter writer(response.body);
  writer.begin_object();
  writer.field("type", "urn:renova:problem:" + std::string(entry.text));
  writer.field("title", title_of(error.code, locale));
  writer.field("status", entry.status);
  writer.field("detail", error.code == ErrorCode::internal
                             ? std::string("something went wrong; the log says what")
                             : error.detail);
  writer.field("code", entry.text);
  writer.key("errors");
  writer.begin_array();
  for (const FieldError& field : error.fields) {
    writer.begin_object();
    writer.field("pointer", field.pointer);
    writer.field("code", field.code);
    writer.field("detail", field.detail);
    writer.end_object();
  }
  writer.end_array();
  if (!error.about.empty()) writer.field("about", error.about);
  writer.field("request_id", request_id);
  writer.end_object();
  return response;
}

http::Response protocol_problem(int status, std::string_view detail) {
  ProtocolEntry entry{status, "malformed", "The request is malformed"};
  for (const ProtocolEntry& known : kProtocolProblems) {
    if (known.status == status) entry = known;
  }
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/problem+json");
  if (status == 503) response.headers.add("Retry-After", std::to_string(kRetryDefault));
  JsonWriter writer(response.body);
  writer.begin_object();
  writer.field("type", "urn:renova:problem:" + std::string(entry.text));
  writer.field("title", entry.title);
  writer.field("status", status);
  writer.field("detail", detail);
  writer.field("code", entry.text);
  writer.key("errors");
  writer.begin_array();
  writer.end_array();
  writer.end_object();
  return response;
}

} // namespace renova::api
