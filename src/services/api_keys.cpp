#include "services/api_keys.hpp"

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "domain/field_errors.hpp"
#include "domain/text_rules.hpp"
#include "storage/sql/identity.hpp"

namespace renova::services {

namespace sql = storage::sql;
using storage::TenantTransaction;

namespace {

constexpr std::size_t kPrefixShown = 10;
constexpr Instant kNever{253'402'300'799'000'000}; // the last second of the year 9999

// The row as it lies in the table: scopes are one text, separated by blanks.
struct ApiKeyRow {
  ApiKeyId id;
  std::string name;
  std::string prefix;
  Role role = Role::viewer;
  std::string scopes;
  std::optional<UserId> created_by;
  Instant created_at;
  std::optional<Instant> expires_at;
  std::optional<Instant> last_used_at;
  std::optional<Instant> revoked_at;
};
BOOST_DESCRIBE_STRUCT(ApiKeyRow, (),
                      (id, name, prefix, role, scopes, created_by, created_at, expires_at, last_used_at,
                       revoked_at))

struct ApiKeyAccessRow {
  TenantId tenant_id;
  ApiKeyId id;
  std::string name;
  Role role = Role::viewer;
  std::string scopes;
  std::optional<UserId> created_by;
  std::optional<Instant> expires_at;
  std::optional<Instant> last_used_at;
  std::optional<Instant> revoked_at;
};
BOOST_DESCRIBE_STRUCT(ApiKeyAccessRow, (),
                      (tenant_id, id, name, role, scopes, created_by, expires_at, last_used_at, revoked_at))

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    std::size_t blank = text.find(' ');
    words.emplace_back(text.substr(0, blank));
    text = blank == text.npos ? std::string_view{} : text.substr(blank + 1);
  }
  return words;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

ApiKey from_row(ApiKeyRow row) {
  return ApiKey{
      row.id,         std::move(row.name), std::move(row.prefix), row.role,         split(row.scopes),
      row.created_by, row.created_at,      row.expires_at,        row.last_used_at, row.revoked_at};
}

storage::Bytes hash_of(std::string_view secret) {
  std::string hash = sha256(secret);
  return {hash.begin(), hash.end()};
}

std::string key_json(const std::string& name, Role role, const std::string& scopes) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.field("name", name);
  writer.field("role", to_text(role));
  writer.field("scopes", scopes);
  writer.end_object();
  return out;
}

} // namespace

result<IssuedApiKey> issue_api_key(TenantTransaction& tx, const NewApiKey& wanted, const Actor& actor,
                                   Instant now) {
  domain::FieldErrors errors;
  auto name = errors.take("/name", domain::parse_label(wanted.name));
  if (wanted.expires_at && *wanted.expires_at <= now) {
    errors.add("/expires_at", "out_of_range", "must lie in the future");
  }
  TRY_DO(errors.finish());
  IssuedApiKey issued;
  issued.secret = std::string(kApiKeyPrefix) + random_token(32);
  ApiKeyId id = ApiKeyId::make(now);
  std::string scopes = join(wanted.scopes);
  TRY_DO(tx.run(sql::api_key_insert, {{"id", id},
                                      {"name", *name},
                                      {"prefix", std::string_view(issued.secret).substr(0, kPrefixShown)},
                                      {"key_hash", hash_of(issued.secret)},
                                      {"role", wanted.role},
                                      {"scopes", scopes},
                                      {"created_by", wanted.created_by},
                                      {"now", now},
                                      {"expires_at", wanted.expires_at}}));
  TRY_DO(record(tx, now, actor,
                {"api_key_created", "api_key", id.str(), {}, key_json(*name, wanted.role, scopes)}));
  TRY(issued.key, get_api_key(tx, id));
  return issued;
}

result<std::vector<ApiKey>> list_api_keys(TenantTransaction& tx, const ApiKeyQuery& query) {
  using sql::ApiKeysPage;
  auto dir = query.descending ? ApiKeysPage::Dir::desc : ApiKeysPage::Dir::asc;
  std::vector<ApiKeyRow> rows;
  if (query.after) {
    TRY(rows, tx.all<ApiKeyRow>(sql::api_keys_page.pick(dir, ApiKeysPage::after),
                                {{"after_id", *query.after}, {"limit", query.limit + 1}}));
  } else {
    TRY(rows, tx.all<ApiKeyRow>(sql::api_keys_page.pick(dir, {}), {{"limit", query.limit + 1}}));
  }
  std::vector<ApiKey> keys;
  for (ApiKeyRow& row : rows) keys.push_back(from_row(std::move(row)));
  return keys;
}

result<std::int64_t> count_api_keys(TenantTransaction& tx) {
  TRY(auto total, tx.first<std::int64_t>(sql::api_keys_count, {}));
  return total.value_or(0);
}

result<ApiKey> get_api_key(TenantTransaction& tx, ApiKeyId id) {
  TRY(auto row, tx.first<ApiKeyRow>(sql::api_key_get, {{"id", id}}));
  if (!row) return Error(ErrorCode::not_found, "there is no such API key");
  return from_row(std::move(*row));
}

result<void> revoke_api_key(TenantTransaction& tx, ApiKeyId id, const Actor& actor, Instant now) {
  TRY(ApiKey key, get_api_key(tx, id));
  TRY(auto changed, tx.run(sql::api_key_revoke, {{"id", id}, {"now", now}}));
  if (changed == 0) return Error(ErrorCode::not_found, "the API key has been revoked already");
  return record(tx, now, actor,
                {"api_key_revoked", "api_key", id.str(), key_json(key.name, key.role, join(key.scopes)), {}});
}

result<ApiKeyAccess> check_api_key(storage::Transaction& tx, std::string_view secret, Instant now) {
  const Error refused(ErrorCode::unauthenticated, "the API key is not valid");
  TRY(auto row, tx.first<ApiKeyAccessRow>(sql::api_key_by_hash, {{"key_hash", hash_of(secret)}}));
  if (!row || row->revoked_at || (row->expires_at && *row->expires_at <= now)) return refused;
  ApiKeyAccess access;
  access.principal.api_key = row->id;
  access.principal.name = row->name;
  access.principal.tenant = row->tenant_id;
  access.principal.role = row->role;
  access.principal.scopes = split(row->scopes);
  access.principal.expires_at = row->expires_at.value_or(kNever);
  access.touch = !row->last_used_at || now - *row->last_used_at > kApiKeyTouch;
  return access;
}

result<void> touch_api_key(TenantTransaction& tx, ApiKeyId id, Instant now) {
  TRY_DO(tx.run(sql::api_key_touch, {{"id", id}, {"now", now}}));
  return {};
}

} // namespace renova::services
