// A throw-away PostgreSQL for a test program: its own data folder, port and socket, no fsync.
// RENOVA_TEST_POSTGRES_URL (of a superuser, "postgresql://postgres@127.0.0.1:5555/postgres") names a running
// one to use instead.
#pragma once

#include "tests/support/temp_folder.hpp"

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <string>

namespace renova::test {

class PostgresServer {
 public:
  // The one that all tests of this program share; started by the first who asks.
  static PostgresServer& shared();

  // One of its own, for tests that stop it.
  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // For the database `name`, as superuser (or as `user`).
  std::string url(const std::string& name, const std::string& user = "") const;

  // A new database, empty or a copy of `pattern`; the name is unique on the server.
  std::string create_database(const std::string& pattern = "");
  void drop_database(const std::string& name);

  // Runs statements in a database, as superuser; the first column of the first row, if any.
  std::string run(const std::string& database, const std::string& sql);

  // Fast shutdown (SIGINT), and a start with the same data and port. Only for a server of one's own.
  void stop();
  void start();

  int port() const { return port_; }

 private:
  explicit PostgresServer(const std::string& url);
  void initialise();

  std::string base_url_; // up to the database's name
  std::unique_ptr<TempFolder> folder_;
  int port_ = 0;
  pid_t process_ = -1;
};

// A TCP port that nobody listens on at this moment.
int free_port();

} // namespace renova::test
