#include "storage/postgres/session.hpp"

#include <poll.h>

#include <algorithm>
#include <array>

namespace renova::storage {

namespace {

using SteadyClock = std::chrono::steady_clock;

Error lost_error() {
  Error error(ErrorCode::unavailable, "the connection to the database was lost");
  error.retry_after_s = 1;
  return error;
}

} // namespace

bool wait_for_socket(PGconn* connection, bool flushing, std::chrono::milliseconds patience) {
  pollfd socket{PQsocket(connection), static_cast<short>(POLLIN | (flushing ? POLLOUT : 0)), 0};
  auto deadline = SteadyClock::now() + patience;
  while (true) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now()).count();
    int ready = ::poll(&socket, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

result<ConnectionHandle> connect_postgres(const std::string& url) {
  // The URL comes last and wins. Keep-alive: 4 + 3 × 2 seconds; the user time-out covers what was sent
  // without an answer.
  constexpr std::array keys{"connect_timeout",  "keepalives_idle",      "keepalives_interval",
                            "keepalives_count", "tcp_user_timeout",     "client_encoding",
                            "application_name", "target_session_attrs", "dbname"};
  std::array values{"5", "4", "2", "3", "8000", "UTF8", "renova", "read-write", url.c_str()};
  static_assert(keys.size() == std::tuple_size_v<decltype(values)>);
  std::array<const char*, keys.size() + 1> key_list{};
  std::array<const char*, keys.size() + 1> value_list{};
  std::copy(keys.begin(), keys.end(), key_list.begin());
  std::copy(values.begin(), values.end(), value_list.begin());
  ConnectionHandle connection(PQconnectdbParams(key_list.data(), value_list.data(), 1));
  if (!connection || PQstatus(connection.get()) != CONNECTION_OK) {
    std::string reason = connection ? PQerrorMessage(connection.get()) : "out of memory";
    std::replace(reason.begin(), reason.end(), '\n', ' ');
    Error error(ErrorCode::unavailable, "cannot connect to PostgreSQL: " + reason);
    error.retry_after_s = 1;
    return error;
  }
  PQsetNoticeReceiver(
      connection.get(), [](void*, const PGresult*) {}, nullptr);
  return connection;
}

result<PostgresSession> PostgresSession::open(const std::string& url) {
  TRY(ConnectionHandle connection, connect_postgres(url));
  return PostgresSession(std::move(connection));
}

result<PostgresSession::Rows> PostgresSession::query(const std::string& text,
                                                     const std::vector<std::string>& parameters,
                                                     std::chrono::milliseconds patience) {
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  state_.clear();
  if (PQsendQueryParams(connection_.get(), text.c_str(), static_cast<int>(values.size()), nullptr,
                        values.data(), nullptr, nullptr, 0) == 0) {
    return lost_error();
  }
  auto deadline = SteadyClock::now() + patience;
  ResultHandle answer;
  while (true) {
    while (PQisBusy(connection_.get()) != 0) {
      auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now());
      if (!wait_for_socket(connection_.get(), false, left)) return lost_error();
      if (PQconsumeInput(connection_.get()) == 0) return lost_error();
    }
    ResultHandle next(PQgetResult(connection_.get()));
    if (!next) break;
    answer = std::move(next);
  }
  if (!answer || PQstatus(connection_.get()) != CONNECTION_OK) return lost_error();
  ExecStatusType status = PQresultStatus(answer.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    PostgresFailure failure = failure_of(answer.get(), text);
    state_ = failure.state;
    return failure.error;
  }
  Rows rows(static_cast<std::size_t>(PQntuples(answer.get())));
  for (int row = 0; row < PQntuples(answer.get()); ++row) {
    for (int column = 0; column < PQnfields(answer.get()); ++column) {
      auto& cell = rows[static_cast<std::size_t>(row)].emplace_back();
      if (PQgetisnull(answer.get(), row, column) == 0) cell = PQgetvalue(answer.get(), row, column);
    }
  }
  return rows;
}

result<void> PostgresSession::script(const std::string& text) {
  state_.clear();
  ResultHandle answer(PQexec(connection_.get(), text.c_str()));
  if (PQstatus(connection_.get()) != CONNECTION_OK) return lost_error();
  ExecStatusType status = PQresultStatus(answer.get());
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return {};
  PostgresFailure failure = failure_of(answer.get(), "script");
  state_ = failure.state;
  return failure.error;
}

} // namespace renova::storage
