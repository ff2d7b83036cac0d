#include "services/access.hpp"

#include "storage/sql/identity.hpp"

namespace renova::services {
namespace {

struct AccessRow {
  std::string email;
  Role role = Role::viewer;
  bool session_ended = false;
};
BOOST_DESCRIBE_STRUCT(AccessRow, (), (email, role, session_ended))

} // namespace

result<void> check_access(storage::Transaction& tx, Principal& principal) {
  TRY(auto row, tx.first<AccessRow>(storage::sql::access_by_user, {{"tenant", principal.tenant},
                                                                   {"user_id", principal.user},
                                                                   {"family_id", principal.session}}));
  if (!row) return Error(ErrorCode::forbidden, "you are not a member of this tenant");
  if (row->session_ended) return Error(ErrorCode::unauthenticated, "the session has ended; sign in again");
  principal.name = std::move(row->email);
  principal.role = row->role;
  return {};
}

} // namespace renova::services
