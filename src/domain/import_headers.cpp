// The columns of imports and exports.
#include "base/text.hpp"
#include "domain/enum_text.hpp"
#include "domain/import_row.hpp"
#include "domain/import_text.hpp"

#include <algorithm>

namespace renova::domain {
namespace {

using Field = ImportField;

constexpr std::array<std::string_view, kImportFields> kFields{
    "name", "phone", "email", "plan", "plan_type", "value", "due_date", "status", "tags", "notes"};
constexpr std::array<std::string_view, kImportFields> kPortuguese{
    "nome", "telefone", "email", "plano", "tipo", "valor", "vencimento", "status", "tags", "observacoes"};
constexpr std::array<std::string_view, kImportFields> kEnglish{
    "name", "phone", "email", "plan", "type", "value", "due_date", "status", "tags", "notes"};
constexpr std::array<std::string_view, kImportFields> kSpanish{
    "nombre", "telefono", "email", "plan", "tipo", "precio", "vencimiento", "estado", "etiquetas", "notas"};

struct Synonym {
  std::string_view header; // as import_key() writes it
  Field field;
};
constexpr Synonym kSynonyms[] = {{"cliente", Field::name},
                                 {"nomecliente", Field::name},
                                 {"nomedocliente", Field::name},
                                 {"nomecompleto", Field::name},
                                 {"razaosocial", Field::name},
                                 {"assinante", Field::name},
                                 {"aluno", Field::name},
                                 {"customer", Field::name},
                                 {"client", Field::name},
                                 {"fullname", Field::name},
                                 {"clientname", Field::name},
                                 {"customername", Field::name},
                                 {"contato", Field::name},
                                 {"contact", Field::name},
                                 {"fone", Field::phone},
                                 {"tel", Field::phone},
                                 {"celular", Field::phone},
                                 {"cel", Field::phone},
                                 {"whatsapp", Field::phone},
                                 {"whats", Field::phone},
                                 {"zap", Field::phone},
                                 {"wpp", Field::phone},
                                 {"numero", Field::phone},
                                 {"telefonecelular", Field::phone},
                                 {"telefone1", Field::phone},
                                 {"telefone2", Field::phone},
                                 {"numerowhatsapp", Field::phone},
                                 {"numerodewhatsapp", Field::phone},
                                 {"numerodetelefone", Field::phone},
                                 {"mobile", Field::phone},
                                 {"cellphone", Field::phone},
                                 {"phonenumber", Field::phone},
                                 {"cell", Field::phone},
                                 {"whatsappnumber", Field::phone},
                                 {"movil", Field::phone},
                                 {"mail", Field::email},
                                 {"correio", Field::email},
                                 {"correo", Field::email},
                                 {"emailaddress", Field::email},
                                 {"enderecodeemail", Field::email},
                                 {"pacote", Field::plan},
                                 {"assinatura", Field::plan},
                                 {"produto", Field::plan},
                                 {"nomedoplano", Field::plan},
                                 {"subscription", Field::plan},
                                 {"package", Field::plan},
                                 {"product", Field::plan},
                                 {"planname", Field::plan},
                                 {"plantype", Field::plan_type},
                                 {"tipoplano", Field::plan_type},
                                 {"tipodeplano", Field::plan_type},
                                 {"servico", Field::plan_type},
                                 {"tiposervico", Field::plan_type},
                                 {"categoria", Field::plan_type},
                                 {"service", Field::plan_type},
                                 {"category", Field::plan_type},
                                 {"servicio", Field::plan_type},
                                 {"preco", Field::value},
                                 {"mensalidade", Field::value},
                                 {"valormensal", Field::value},
                                 {"valordoplano", Field::value},
                                 {"valorplano", Field::value},
                                 {"valorr", Field::value},
                                 {"price", Field::value},
                                 {"amount", Field::value},
                                 {"fee", Field::value},
                                 {"monthlyfee", Field::value},
                                 {"quantia", Field::value},
                                 {"importe", Field::value},
                                 {"datavencimento", Field::due_date},
                                 {"datadevencimento", Field::due_date},
                                 {"vence", Field::due_date},
                                 {"venceem", Field::due_date},
                                 {"vencto", Field::due_date},
                                 {"venc", Field::due_date},
                                 {"validade", Field::due_date},
                                 {"expira", Field::due_date},
                                 {"expiraem", Field::due_date},
                                 {"expiracao", Field::due_date},
                                 {"dataexpiracao", Field::due_date},
                                 {"datadeexpiracao", Field::due_date},
                                 {"planduration", Field::due_date},
                                 {"due", Field::due_date},
                                 {"expireson", Field::due_date},
                                 {"expires", Field::due_date},
                                 {"expiry", Field::due_date},
                                 {"expirydate", Field::due_date},
                                 {"expirationdate", Field::due_date},
                                 {"expiration", Field::due_date},
                                 {"validuntil", Field::due_date},
                                 {"fechadevencimiento", Field::due_date},
                                 {"situacao", Field::status},
                                 {"pagamento", Field::status},
                                 {"statuspagamento", Field::status},
                                 {"statusdopagamento", Field::status},
                                 {"statusdepagamento", Field::status},
                                 {"paymentstatus", Field::status},
                                 {"payment", Field::status},
                                 {"paid", Field::status},
                                 {"pago", Field::status},
                                 {"tag", Field::tags},
                                 {"etiqueta", Field::tags},
                                 {"marcadores", Field::tags},
                                 {"grupo", Field::tags},
                                 {"grupos", Field::tags},
                                 {"labels", Field::tags},
                                 {"group", Field::tags},
                                 {"groups", Field::tags},
                                 {"observacao", Field::notes},
                                 {"obs", Field::notes},
                                 {"nota", Field::notes},
                                 {"anotacoes", Field::notes},
                                 {"comentarios", Field::notes},
                                 {"observations", Field::notes},
                                 {"note", Field::notes},
                                 {"comments", Field::notes},
                                 {"remarks", Field::notes},
                                 {"observaciones", Field::notes}};

bool keeps_several(Field field) { return field == Field::phone || field == Field::notes; }

} // namespace

std::string import_key(std::string_view text) {
  std::string key;
  for (char c : fold(prefix(text, 100))) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) key += c;
  }
  return key;
}

std::string_view to_text(ImportField field) { return enum_to_text(kFields, field); }
bool from_text(std::string_view text, ImportField& out) { return enum_from_text(kFields, text, out); }

std::optional<ImportField> recognise_header(std::string_view header) {
  std::string key = import_key(header);
  if (key.empty()) return std::nullopt;
  for (const auto* names : {&kPortuguese, &kEnglish, &kSpanish, &kFields}) {
    for (std::size_t i = 0; i < kImportFields; ++i) {
      if (import_key((*names)[i]) == key) return static_cast<ImportField>(i);
    }
  }
  for (const Synonym& synonym : kSynonyms) {
    if (synonym.header == key) return synonym.field;
  }
  return std::nullopt;
}

ColumnMapping map_columns(std::span<const std::string> headers) {
  ColumnMapping mapping;
  for (const std::string& header : headers) {
    auto field = recognise_header(header);
    bool taken = field && std::find(mapping.begin(), mapping.end(), field) != mapping.end();
    mapping.push_back(taken && !keeps_several(*field) ? std::nullopt : field);
  }
  return mapping;
}

result<void> check_mapping(const ColumnMapping& mapping) {
  std::vector<FieldError> missing;
  for (Field field : {Field::name, Field::phone}) {
    if (std::find(mapping.begin(), mapping.end(), field) != mapping.end()) continue;
    missing.push_back({"", "missing_column", "has no column for the " + std::string(to_text(field))});
  }
  if (missing.empty()) return {};
  return Error(ErrorCode::validation_failed, missing.front().detail, missing);
}

const std::array<std::string_view, kImportFields>& export_headers(Locale locale) {
  return locale == Locale::pt_br ? kPortuguese : kEnglish;
}

} // namespace renova::domain
