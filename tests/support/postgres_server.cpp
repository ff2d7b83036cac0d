#include "tests/support/postgres_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <vector>

namespace renova::test {

namespace {

constexpr std::chrono::seconds kStartLimit{60};

std::string programs_folder() {
  for (const char* version : {"15", "16", "17", "14"}) {
    std::string folder = std::string("/usr/lib/postgresql/") + version + "/bin";
    if (std::filesystem::exists(folder + "/initdb")) return folder;
  }
  throw std::runtime_error("PostgreSQL is not installed; bin/setup --tests installs it");
}

// PostgreSQL refuses to run as root.
const passwd* server_user() { return geteuid() == 0 ? getpwnam("postgres") : nullptr; }

// Output goes to `log`. The process ends with the thread that started it (when that one is killed, too).
pid_t launch(const std::vector<std::string>& command, const std::string& log) {
  const passwd* user = server_user();
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = fork();
  if (child != 0) return child;
  int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  if (user != nullptr && (setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) _exit(126);
  if (chdir("/") != 0) _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  execv(arguments[0], arguments.data());
  _exit(127);
}

int wait_for(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string unique_name() {
  static std::atomic<int> next{0};
  return "renova_" + std::to_string(getpid()) + "_" + std::to_string(next.fetch_add(1));
}

} // namespace

int free_port() {
  int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  ::close(socket);
  return ntohs(address.sin_port);
}

PostgresServer& PostgresServer::shared() {
  static std::unique_ptr<PostgresServer> server = [] {
    const char* url = std::getenv("RENOVA_TEST_POSTGRES_URL");
    return url != nullptr && *url != '\0'
               ? std::unique_ptr<PostgresServer>(new PostgresServer(std::string(url)))
               : std::make_unique<PostgresServer>();
  }();
  return *server;
}

PostgresServer::PostgresServer(const std::string& url) : base_url_(url.substr(0, url.rfind('/') + 1)) {}

PostgresServer::PostgresServer() {
  initialise();
  start();
}

void PostgresServer::initialise() {
  folder_ = std::make_unique<TempFolder>();
  if (const passwd* user = server_user()) {
    if (chown(folder_->path().c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown");
  }
  std::string log = folder_->file("log");
  pid_t initdb = launch({programs_folder() + "/initdb", "-D", folder_->file("data"), "-A", "trust", "-U",
                         "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"},
                        log);
  if (wait_for(initdb) != 0) throw std::runtime_error("initdb failed, see " + log);
  port_ = free_port();
  base_url_ = "postgresql://postgres@127.0.0.1:" + std::to_string(port_) + "/";
}

void PostgresServer::start() {
  std::vector<std::string> command{programs_folder() + "/postgres", "-D", folder_->file("data"), "-p",
                                   std::to_string(port_)};
  for (const char* setting : {"listen_addresses=127.0.0.1", "fsync=off", "synchronous_commit=off",
                              "full_page_writes=off", "shared_buffers=64MB", "max_connections=200",
                              "autovacuum=off", "max_wal_size=1GB", "log_min_messages=fatal"}) {
    command.insert(command.end(), {"-c", setting});
  }
  command.insert(command.end(), {"-c", "unix_socket_directories=" + folder_->path().string()});
  process_ = launch(command, folder_->file("log"));
  auto limit = std::chrono::steady_clock::now() + kStartLimit;
  while (PQping(url("postgres").c_str()) != PQPING_OK) {
    if (waitpid(process_, nullptr, WNOHANG) == process_ || std::chrono::steady_clock::now() > limit) {
      throw std::runtime_error("PostgreSQL does not start, see " + folder_->file("log"));
    }
    ::poll(nullptr, 0, 20);
  }
}

void PostgresServer::stop() {
  if (process_ <= 0) return;
  kill(process_, SIGINT);
  wait_for(process_);
  process_ = -1;
}

PostgresServer::~PostgresServer() { stop(); }

std::string PostgresServer::url(const std::string& name, const std::string& user) const {
  if (user.empty()) return base_url_ + name;
  std::size_t at = base_url_.find('@');
  return "postgresql://" + user + base_url_.substr(at) + name;
}

std::string PostgresServer::run(const std::string& database, const std::string& sql) {
  std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(url(database).c_str()), PQfinish);
  std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()), PQclear);
  ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

std::string PostgresServer::create_database(const std::string& pattern) {
  std::string name = unique_name();
  run("postgres", "CREATE DATABASE " + name + " TEMPLATE " + (pattern.empty() ? "template0" : pattern));
  return name;
}

void PostgresServer::drop_database(const std::string& name) {
  run("postgres", "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
}

} // namespace renova::test
