#include "app/command.hpp"
#include "app/commands/commands.hpp"
#include "app/openapi_document.hpp"
#include "app/version.hpp"

#include <CLI/CLI.hpp>

#include <sstream>

namespace renova::app {
namespace {

constexpr int kWrongUse = 2;

// Fills an Invocation while CLI11 reads the words.
class Parser {
 public:
  Parser() : app_("Renova: subscription clients, and the reminders that reach them", "renova") {
    app_.require_subcommand(1);
    app_.fallthrough(false);
    add_servers();
    add_database_commands();
    add_transfer_commands();
    add_plain_commands();
  }

  Invocation parse(std::vector<std::string> words) {
    std::reverse(words.begin(), words.end()); // CLI11 takes them from the back
    try {
      app_.parse(std::move(words));
    } catch (const CLI::ParseError& end) {
      std::ostringstream out;
      std::ostringstream error;
      app_.exit(end, out, error);
      bool is_help = end.get_exit_code() == 0;
      return done(is_help ? out.str() : error.str() + "Try: renova --help\n", is_help ? 0 : kWrongUse);
    }
    return std::move(invocation_);
  }

 private:
  static Invocation done(std::string output, int exit_code) {
    Invocation invocation;
    invocation.done_output = std::move(output);
    invocation.exit_code = exit_code;
    return invocation;
  }

  // A flag that is a setting of the same name.
  void add_setting(CLI::App& command, const std::string& flag, const std::string& name,
                   const std::string& help) {
    command.add_option_function<std::string>(
        flag, [this, name](const std::string& value) { invocation_.flags[name] = value; }, help);
  }

  void add_common(CLI::App& command) {
    command.add_option("--config", invocation_.config_file, "TOML file with settings");
    add_setting(command, "--database", "database_url", "sqlite:FILE or postgresql://…");
    add_setting(command, "--log-level", "log_level", "debug, info, warning or error");
    add_setting(command, "--log-format", "log_format", "json or text");
  }

  void add_servers() {
    for (auto [name, kind, help] :
         {std::tuple("serve", Invocation::Kind::serve, "Serve until SIGTERM"),
          std::tuple("demo", Invocation::Kind::demo, "Serve an invented business")}) {
      CLI::App& command = *app_.add_subcommand(name, help);
      add_common(command);
      add_setting(command, "--listen", "listen", "HOST:PORT; port 0 takes any free one");
      add_setting(command, "--redis", "redis_url", "redis://HOST:PORT, shared caches");
      command.add_flag_callback(
          "--insecure-test-mode", [this] { invocation_.flags["insecure_test_mode"] = "true"; },
          "Movable clock and loopback gateways: for tests only");
      command.callback([this, kind = kind] { invocation_.kind = kind; });
    }
  }

  // A command that runs `action` with the options that the words have filled.
  template <class Options>
  void runs(CLI::App& command, std::shared_ptr<Options> options,
            result<void> (*action)(CommandContext&, const Options&)) {
    command.callback([this, options, action] {
      invocation_.kind = Invocation::Kind::command;
      invocation_.run = [options, action](CommandContext& context) { return action(context, *options); };
    });
  }

  void add_database_commands() {
    auto migration = std::make_shared<MigrateOptions>();
    CLI::App& migrate_command = *app_.add_subcommand("migrate", "Bring the schema up to date");
    add_common(migrate_command);
    migrate_command.add_flag("--status", migration->status_only, "Only say how things stand");
    migrate_command.add_flag("--json", migration->json);
    migrate_command.preparse_callback([this](std::size_t) { invocation_.needs_schema = false; });
    runs(migrate_command, migration, &migrate);

    auto user = std::make_shared<AddUserOptions>();
    CLI::App& users = *app_.add_subcommand("user", "People");
    users.require_subcommand(1);
    CLI::App& add =
        *users.add_subcommand("add", "Add a person to a business, which is made when there is none");
    add_common(add);
    add.add_option("EMAIL", user->email)->required();
    add.add_option("--role", user->role, "owner, admin, operator or viewer");
    add.add_option("--tenant", user->tenant, "Name of the business")->required();
    add.add_option("--name", user->name, "The person's name");
    add.add_flag_callback(
           "--password-stdin", [this] { invocation_.reads_input = true; },
           "Read the password from standard input")
        ->required();
    runs(add, user, &add_user);

    auto queue = std::make_shared<QueueCommand>();
    CLI::App& queue_command = *app_.add_subcommand("queue", "What waits, and how fast it goes");
    add_common(queue_command);
    bool* watch = &watch_;
    queue_command.add_option("--tenant", queue->tenant, "Name of the business");
    queue_command.add_flag("--json", queue->json);
    queue_command.add_flag("--watch", *watch, "Repeat each second");
    queue_command.callback([this, queue, watch] {
      invocation_.kind = *watch ? Invocation::Kind::queue_watch : Invocation::Kind::command;
      invocation_.run = [queue](CommandContext& context) { return show_queue(context, *queue); };
    });
  }

  void add_transfer_commands() {
    auto import = std::make_shared<ImportCommand>();
    CLI::App& import_command =
        *app_.add_subcommand("import", "Take clients over from a CSV or from the original system");
    add_common(import_command);
    import_command.add_option("PATH", import->path, "A CSV, a JSON file, or a folder with local_data")
        ->required();
    import_command.add_option("--tenant", import->tenant, "Name of the business");
    import_command.add_option("--format", import->format)->check(CLI::IsMember({"csv", "legacy"}));
    import_command.add_flag("--dry-run", import->dry_run, "Say what would happen, change nothing");
    import_command.add_flag("--json", import->json);
    runs(import_command, import, &import_clients);

    auto exported = std::make_shared<ExportCommand>();
    CLI::App& export_command = *app_.add_subcommand("export", "Write all clients");
    add_common(export_command);
    export_command.add_option("--tenant", exported->tenant, "Name of the business");
    export_command.add_option("--format", exported->format)->check(CLI::IsMember({"csv", "json"}));
    export_command.add_option("--output", exported->output, "A file instead of standard output");
    runs(export_command, exported, &export_clients);

    CLI::App& backups = *app_.add_subcommand("backup", "Copies of a SQLite database");
    backups.require_subcommand(1);
    for (auto [name, help, needs_file] :
         {std::tuple("create", "Make a consistent copy while the server runs", false),
          std::tuple("list", "The copies in backups/ beside the database", false),
          std::tuple("restore", "Put a copy in the database's place; the server must not run", true),
          std::tuple("verify", "Check that a copy is whole", true)}) {
      auto options = std::make_shared<BackupCommand>();
      options->action = name;
      CLI::App& command = *backups.add_subcommand(name, help);
      add_common(command);
      command.add_flag("--json", options->json);
      if (options->action != "list") command.add_option("FILE", options->file)->required(needs_file);
      runs(command, options, &backup);
      if (options->action != "restore") continue;
      command.callback([this, options] {
        invocation_.kind = Invocation::Kind::command;
        invocation_.run = [options](CommandContext& context) { return backup(context, *options); };
        invocation_.run_closed = [options](const Config& config, std::string& output) {
          return restore_backup(config.database_url, options->file, SystemClock().now(), output);
        };
      });
    }
  }

  void add_plain_commands() {
    auto as_json = std::make_shared<bool>(false);
    CLI::App& doctor_command = *app_.add_subcommand("doctor", "Check the installation, and say what to do");
    add_common(doctor_command);
    doctor_command.add_flag("--json", *as_json);
    doctor_command.callback([this, as_json] {
      invocation_.needs_schema = false;
      invocation_.kind = Invocation::Kind::command;
      invocation_.run = [as_json](CommandContext& context) { return doctor(context, *as_json); };
    });

    app_.add_subcommand("openapi", "Print the OpenAPI document")->callback([this] {
      invocation_ = done(openapi_document() + "\n", 0);
    });

    auto version_json = std::make_shared<bool>(false);
    CLI::App& version = *app_.add_subcommand("version", "Print the version");
    version.add_flag("--json", *version_json);
    version.callback([this, version_json] {
      std::string text(kVersion);
      invocation_ = done(*version_json ? "{\"version\":\"" + text + "\"}\n" : "renova " + text + "\n", 0);
    });
  }

  CLI::App app_;
  Invocation invocation_;
  bool watch_ = false;
};

} // namespace

Invocation parse_command_line(std::vector<std::string> words) { return Parser().parse(std::move(words)); }

} // namespace renova::app
