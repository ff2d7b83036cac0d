#include "app/commands/commands.hpp"
#include "base/json.hpp"
#include "services/members.hpp"
#include "services/password_rules.hpp"

namespace renova::app {
namespace {

// The first line, without its end.
std::string first_line(const std::string& input) {
  std::string line = input.substr(0, input.find('\n'));
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

} // namespace

result<void> add_user(CommandContext& context, const AddUserOptions& options) {
  services::NewMember member;
  member.email = options.email;
  member.name = options.name;
  if (member.name.empty()) member.name = options.email.substr(0, options.email.find('@'));
  if (member.name.size() < 2) member.name = options.email; // names have at least two characters
  if (!services::from_text(options.role, member.role)) {
    return Error(ErrorCode::validation_failed, "--role must be owner, admin, operator or viewer");
  }
  std::string password = first_line(context.input);
  TRY_DO(services::check_password(password, member.email, "/password"));
  member.password_hash = hash_password(password);

  Instant now = context.clock.now();
  TRY(auto added, context.database.write_now([&](storage::Transaction& tx) {
    return services::add_user(tx, options.tenant, member, now);
  }));
  JsonWriter json(context.output);
  json.begin_object();
  json.field("user_id", added.user);
  json.field("tenant_id", added.tenant);
  json.field("email", options.email);
  json.field("role", services::to_text(member.role));
  json.end_object();
  context.output += '\n';
  return {};
}

} // namespace renova::app
