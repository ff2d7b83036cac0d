#include "storage/postgres/connection.hpp"

#include "base/log.hpp"
#include "storage/postgres/row.hpp"

namespace renova::storage {

namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kMaxPreparedStatements = 500;
// The answer may have been on its way while we asked.
constexpr milliseconds kProbeGrace{1'000};
// The server ends statements at statement_timeout; so much later we stop believing in it.
constexpr milliseconds kTimeoutGrace{5'000};

ValueType type_of(const Value& value) {
  struct Types {
    ValueType operator()(Null null) const { return null.type; }
    ValueType operator()(std::int64_t) const { return ValueType::integer; }
    ValueType operator()(std::string_view) const { return ValueType::text; }
    ValueType operator()(std::span<const std::uint8_t>) const { return ValueType::bytes; }
    ValueType operator()(const Uuid&) const { return ValueType::uuid; }
  };
  return std::visit(Types{}, value);
}

Oid oid_of(ValueType type) {
  constexpr Oid kOids[] = {0, kOidInt8, kOidText, kOidBytea,
                           kOidUuid}; // in the order of ValueType; 0: inferred
  return kOids[static_cast<std::size_t>(type)];
}

// After FATAL or PANIC the server hangs up.
bool server_hangs_up(const PGresult* result) {
  const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return severity != nullptr &&
         (std::string_view(severity) == "FATAL" || std::string_view(severity) == "PANIC");
}

// The parameters of one execution, in binary format, as libpq wants them.
struct Encoded {
  std::array<const char*, kMaxParameters> data;
  std::array<int, kMaxParameters> sizes;
  std::array<int, kMaxParameters> formats;
  std::array<std::array<char, 8>, kMaxParameters> numbers;

  explicit Encoded(std::span<const Value* const> values) {
    for (std::size_t place = 0; place < values.size(); ++place) {
      formats[place] = 1;
      data[place] = nullptr;
      sizes[place] = 0;
      std::visit([&](const auto& value) { set(place, value); }, *values[place]);
    }
  }
  void set(std::size_t, Null) {}
  void set(std::size_t place, std::int64_t number) {
    for (std::size_t byte = 0; byte < 8; ++byte) {
      numbers[place][byte] = static_cast<char>(static_cast<std::uint64_t>(number) >> (56 - 8 * byte));
    }
    point(place, numbers[place].data(), 8);
  }
  void set(std::size_t place, std::string_view text) { point(place, text.data(), text.size()); }
  void set(std::size_t place, std::span<const std::uint8_t> bytes) {
    point(place, reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void set(std::size_t place, const Uuid& uuid) {
    point(place, reinterpret_cast<const char*>(uuid.data()), uuid.size());
  }
  void point(std::size_t place, const char* begin, std::size_t size) {
    data[place] = begin == nullptr ? "" : begin; // nullptr would be NULL
    sizes[place] = static_cast<int>(size);
  }
};

PostgresFailure lost_failure() {
  PostgresFailure failure{
      Error(ErrorCode::unavailable, "the connection to the database was lost"), false, {}};
  failure.error.retry_after_s = 1;
  return failure;
}

// Time-outs for the session: transactions hold locks, so none of them may wait or idle without an end.
constexpr const char* kConfigure =
    "SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', '10s', false), "
    "set_config('idle_in_transaction_session_timeout', '60s', false), set_config('TimeZone', 'UTC', false), "
    "(SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()), "
    "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8), "
    "EXISTS (SELECT FROM pg_roles WHERE rolname = 'renova_app' AND pg_has_role(current_user, oid, 'MEMBER') "
    "AND to_regclass('schema_migrations') IS NOT NULL "
    "AND has_table_privilege('renova_app', to_regclass('schema_migrations'), 'SELECT'))";

} // namespace

result<std::unique_ptr<PostgresConnection>> PostgresConnection::connect(const DatabaseOptions& options) {
  TRY(ConnectionHandle handle, connect_postgres(options.url));
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection(std::move(handle), options));
  TRY_DO(connection->configure());
  return connection;
}

result<void> PostgresConnection::configure() {
  PGconn* raw = connection_.get();
  identity_.process = PQbackendPID(raw);
  std::string timeout = std::to_string(options_.statement_timeout.count());
  const char* values[] = {timeout.c_str()};
  ResultHandle answer(PQexecParams(raw, kConfigure, 1, nullptr, values, nullptr, nullptr, 0));
  if (PQresultStatus(answer.get()) != PGRES_TUPLES_OK) return failure_of(answer.get(), "configure").error;
  identity_.started = PQgetvalue(answer.get(), 0, 4);
  identity_.timeline = PQgetvalue(answer.get(), 0, 5);
  if (std::string_view(PQgetvalue(answer.get(), 0, 6)) == "t") {
    answer.reset(PQexec(raw, "SET ROLE renova_app"));
    if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) return failure_of(answer.get(), "configure").error;
  }
  if (PQsetnonblocking(raw, 1) != 0 || PQenterPipelineMode(raw) != 1) {
    return Error(ErrorCode::unavailable, "the connection to the database was lost");
  }
  return {};
}

void PostgresConnection::sent(int success, Expected kind, std::string_view during, std::string key) {
  if (success == 1) {
    queued_.push_back({kind, std::move(key), during});
  } else {
    lost_ = true;
  }
}

void PostgresConnection::queue(const char* text) {
  int success = PQsendQueryParams(connection_.get(), text, 0, nullptr, nullptr, nullptr, nullptr, 1);
  sent(success, Expected::answer, text);
}

std::string PostgresConnection::prepare_if_needed(const Statement& statement,
                                                  std::span<const Value* const> values,
                                                  const std::vector<Oid>& types) {
  std::string key = std::to_string(statement.index);
  for (const Value* value : values) key += "?itbu"[static_cast<std::size_t>(type_of(*value))];
  if (auto found = prepared_.find(key); found != prepared_.end()) {
    ages_.splice(ages_.end(), ages_, found->second.age);
    return found->second.name;
  }
  if (prepared_.size() >= kMaxPreparedStatements) {
    auto oldest = prepared_.find(ages_.front());
    std::string forget = "DEALLOCATE " + oldest->second.name;
    int success =
        PQsendQueryParams(connection_.get(), forget.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 1);
    sent(success, Expected::nothing_of_interest, "deallocate");
    prepared_.erase(oldest);
    ages_.pop_front();
  }
  std::string name = "s" + std::to_string(next_name_++);
  std::string text(statement.postgres);
  int success = PQsendPrepare(connection_.get(), name.c_str(), text.c_str(), static_cast<int>(types.size()),
                              types.data());
  sent(success, Expected::prepare, statement.name, key);
  ages_.push_back(key);
  prepared_.emplace(key, Prepared{name, std::prev(ages_.end())});
  return name;
}

void PostgresConnection::queue(const Statement& statement, std::span<const Value* const> values) {
  std::vector<Oid> types;
  types.reserve(values.size());
  for (const Value* value : values) types.push_back(oid_of(type_of(*value)));
  std::string name = prepare_if_needed(statement, values, types);
  Encoded encoded(values);
  int success = PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(values.size()),
                                    encoded.data.data(), encoded.sizes.data(), encoded.formats.data(), 1);
  sent(success, Expected::answer, statement.name);
}

void PostgresConnection::forget_prepared() {
  // The names are never used again; the server forgets the statements with the connection.
  prepared_.clear();
  ages_.clear();
}

PostgresConnection::Answers PostgresConnection::run() {
  send();
  return receive();
}

void PostgresConnection::send() {
  if (lost_ || PQpipelineSync(connection_.get()) != 1) {
    lost_ = true;
    return;
  }
  if (PQflush(connection_.get()) < 0) lost_ = true;
}

// Asks the server on another connection whether it is busy with what was sent here. A connection that
// swallows everything (a dead router, a stopped proxy) looks just like a slow statement otherwise.
bool PostgresConnection::peer_is_working() const {
  result<PostgresSession> other = PostgresSession::open(options_.url);
  if (other.has_error()) return false;
  auto rows = other->query("SELECT state FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2",
                           {std::to_string(identity_.process), identity_.started});
  return rows.has_value() && !rows->empty() && (*rows)[0][0] == "active";
}

bool PostgresConnection::wait_for_data(bool flushing) {
  auto deadline = SteadyClock::now() + options_.statement_timeout + kTimeoutGrace;
  while (!wait_for_socket(connection_.get(), flushing, options_.probe_after)) {
    bool working = SteadyClock::now() < deadline && peer_is_working();
    if (working) continue;
    if (!wait_for_socket(connection_.get(), flushing, kProbeGrace)) return false;
    break;
  }
  return true;
}

ResultHandle PostgresConnection::next_result() {
  PGconn* raw = connection_.get();
  bool between = false;
  while (!lost_) {
    int flushing = PQflush(raw);
    if (flushing < 0) break;
    if (PQisBusy(raw) != 0) {
      if (!wait_for_data(flushing == 1) || PQconsumeInput(raw) == 0) break;
      continue;
    }
    ResultHandle result(PQgetResult(raw));
    if (PQstatus(raw) != CONNECTION_OK) break;
    if (result) return result;
    // One null ends each command's results; two in a row would mean that libpq has nothing more to say.
    if (between) break;
    between = true;
  }
  lost_ = true;
  return nullptr;
}

void PostgresConnection::take(Answers& answers, const Command& command, ResultHandle result) {
  ExecStatusType status = PQresultStatus(result.get());
  bool good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
  if (!good && command.kind == Expected::prepare) {
    if (auto found = prepared_.find(command.key); found != prepared_.end()) {
      ages_.erase(found->second.age);
      prepared_.erase(found);
    }
  }
  if (!good && !answers.failure) answers.failure = failure_of(result.get(), command.during);
  if (good && command.kind == Expected::answer) answers.results.push_back(std::move(result));
}

PostgresConnection::Answers PostgresConnection::receive() {
  Answers answers;
  std::vector<Command> commands = std::exchange(queued_, {});
  for (const Command& command : commands) {
    ResultHandle result = next_result();
    if (!result) break;
    lost_ = server_hangs_up(result.get());
    take(answers, command, std::move(result));
    if (lost_) break;
  }
  if (!lost_) {
    ResultHandle sync = next_result();
    if (sync && PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) lost_ = true;
  }
  if (lost_) answers.failure = lost_failure();
  return answers;
}

} // namespace renova::storage
