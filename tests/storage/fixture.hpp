// The engine's own test schema, on both engines.
#pragma once

#include "storage_test/sql.hpp"
#include "tests/support/test_database.hpp"

namespace renova::storage::test_sql {
extern const std::span<const Migration> migrations;
}

namespace renova::storage {

enum class Kind { plain, fancy };
inline std::string_view to_text(Kind kind) { return kind == Kind::plain ? "plain" : "fancy"; }
inline bool from_text(std::string_view text, Kind& out) {
  if (text != "plain" && text != "fancy") return false;
  out = text == "plain" ? Kind::plain : Kind::fancy;
  return true;
}

struct Thing {
  ClientId id;
  std::string name;
  std::optional<std::int64_t> amount;
  std::optional<Bytes> picture;
  std::optional<Date> day;
  Kind kind = Kind::plain;
  std::optional<ClientId> parent_id;
  std::optional<std::string> label;
};
BOOST_DESCRIBE_STRUCT(Thing, (), (id, name, amount, picture, day, kind, parent_id, label))

inline DatabaseOptions with_test_schema(DatabaseOptions options = {}) {
  options.migrations = test_sql::migrations;
  return options;
}

class StorageTest : public testing::TestWithParam<Engine> {
 protected:
  explicit StorageTest(DatabaseOptions options = {}) : db(GetParam(), with_test_schema(std::move(options))) {
    add_owner(scope);
  }

  void add_owner(TenantScope owner) {
    test::must(db->write_now([&](Transaction& tx) -> result<void> {
      TRY_DO(tx.tenant(owner).run(test_sql::owner_insert, {{"name", "Ana"}}));
      return {};
    }));
  }

  static result<ClientId> insert(TenantTransaction tx, const Thing& thing) {
    TRY_DO(tx.run(test_sql::thing_insert, {{"id", thing.id},
                                           {"name", thing.name},
                                           {"amount", thing.amount},
                                           {"picture", thing.picture},
                                           {"day", thing.day},
                                           {"kind", thing.kind},
                                           {"parent_id", thing.parent_id},
                                           {"label", thing.label}}));
    return thing.id;
  }

  static Thing thing(std::string name, std::optional<std::int64_t> amount = {}) {
    Thing made;
    made.id = ClientId::make(SystemClock().now());
    made.name = std::move(name);
    made.amount = amount;
    return made;
  }

  result<ClientId> write_thing(const Thing& made) {
    return db->write_now([&](Transaction& tx) { return insert(tx.tenant(scope), made); });
  }

  std::vector<std::string> names() {
    return test::must(db->read_now(
        [&](Transaction& tx) { return tx.tenant(scope).all<std::string>(test_sql::thing_names, {}); }));
  }

  TenantScope scope{TenantId::make(SystemClock().now())};
  test::TestDatabase db;
};

} // namespace renova::storage
