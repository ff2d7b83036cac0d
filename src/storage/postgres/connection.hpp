// One PostgreSQL connection in pipeline mode with its prepared statements. Used by one thread at a time.
//
// Commands are queued, then sent together and answered together: BEGIN, the tenant's setting and the first
// statement take one round trip.
#pragma once

#include "storage/engine.hpp"
#include "storage/postgres/session.hpp"

#include <list>
#include <unordered_map>

namespace renova::storage {

// What identifies the server process behind a connection, to ask another connection about it.
struct BackendIdentity {
  int process = 0;
  std::string started;  // backend_start: process numbers come again
  std::string timeline; // of the WAL: another one means that a standby has taken over
};

class PostgresConnection {
 public:
  struct Answers {
    std::vector<ResultHandle> results;      // one for each queued command, until the first failure
    std::optional<PostgresFailure> failure; // of the first command that failed
  };

  // Connects, sets the time-outs and takes the role renova_app where it may (row-level security does not bind
  // superusers and owners otherwise). Error: unavailable.
  static result<std::unique_ptr<PostgresConnection>> connect(const DatabaseOptions& options);

  // `text` has no parameters.
  void queue(const char* text);
  void queue(const Statement& statement, std::span<const Value* const> values);

  // Sends what is queued, and waits for the answers. When the connection is lost, lost() is true and the
  // failure is unavailable.
  Answers run();
  void send();       // the first half of run()
  Answers receive(); // the second

  bool lost() const { return lost_; }
  void abandon() { lost_ = true; } // it shall not be used again
  const BackendIdentity& identity() const { return identity_; }
  void forget_prepared(); // their texts are prepared anew

 private:
  struct Prepared {
    std::string name;
    std::list<std::string>::iterator age;
  };
  enum class Expected { nothing_of_interest, prepare, answer };
  struct Command {
    Expected kind;
    std::string key; // of a prepare, in prepared_
    std::string_view during;
  };

  PostgresConnection(ConnectionHandle connection, const DatabaseOptions& options)
      : connection_(std::move(connection)), options_(options) {}
  result<void> configure();
  std::string prepare_if_needed(const Statement& statement, std::span<const Value* const> values,
                                const std::vector<Oid>& types);
  void sent(int success, Expected kind, std::string_view during, std::string key = {});
  bool wait_for_data(bool flushing);
  bool peer_is_working() const;
  ResultHandle next_result(); // null when the connection was lost
  void take(Answers& answers, const Command& command, ResultHandle result);

  ConnectionHandle connection_;
  const DatabaseOptions& options_;
  BackendIdentity identity_;
  bool lost_ = false;
  std::vector<Command> queued_;
  std::unordered_map<std::string, Prepared> prepared_; // by statement index and parameter types
  std::list<std::string> ages_;                        // keys, least recently used first
  std::uint64_t next_name_ = 0;
};

} // namespace renova::storage
