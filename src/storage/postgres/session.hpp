// A plain connection to PostgreSQL: how one is made, and single text queries with a deadline. For probes,
// look-ups and migrations; units of work run on a PostgresConnection.
#pragma once

#include "base/result.hpp"

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace renova::storage {

struct ConnectionFinisher {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ResultClearer {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ConnectionHandle = std::unique_ptr<PGconn, ConnectionFinisher>;
using ResultHandle = std::unique_ptr<PGresult, ResultClearer>;

// Waits at most about five seconds for each host. A peer that vanishes later is noticed within ten (TCP
// keep-alive and user time-out). Whatever the URL says overrides these. Error: unavailable, without the
// password.
result<ConnectionHandle> connect_postgres(const std::string& url);

// What PostgreSQL said, as an error; `restart` when the whole unit of work should be run again.
struct PostgresFailure {
  Error error;
  bool restart = false;
  std::string state; // SQLSTATE
};
PostgresFailure failure_of(const PGresult* result, std::string_view during);

class PostgresSession {
 public:
  using Rows = std::vector<std::vector<std::optional<std::string>>>;

  static result<PostgresSession> open(const std::string& url);

  // Error: as failure_of; unavailable when there is no answer in time, after which the session is of no more
  // use.
  result<Rows> query(const std::string& text, const std::vector<std::string>& parameters = {},
                     std::chrono::milliseconds patience = std::chrono::seconds(3));

  // Several statements without parameters and without a deadline.
  result<void> script(const std::string& text);

  // SQLSTATE of the last error, or empty.
  const std::string& last_state() const { return state_; }

 private:
  explicit PostgresSession(ConnectionHandle connection) : connection_(std::move(connection)) {}
  ConnectionHandle connection_;
  std::string state_;
};

// Waits until the socket can be read, or written while `flushing`; false when the time is over.
bool wait_for_socket(PGconn* connection, bool flushing, std::chrono::milliseconds patience);

} // namespace renova::storage
