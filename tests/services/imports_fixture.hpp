// A tenant on a fresh database, and the few calls that tests of imports make over and over.
#pragma once

#include "services/imports.hpp"
#include "services/onboarding.hpp"
#include "storage/client_store.hpp"
#include "storage/note_store.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::test {

namespace imports = services::imports;

class ImportFixture : public testing::TestWithParam<storage::Engine> {
 protected:
  ImportFixture() {
    tenant = must(db->write_now([&](storage::Transaction& tx) {
      return services::onboarding::new_tenant(tx, "Loja", domain::Locale::pt_br, clock.now());
    }));
  }

  // The sum of what is in the tenant, to see that nothing changed.
  struct Totals {
    std::int64_t clients = 0;
    std::int64_t imports = 0;
    friend bool operator==(const Totals&, const Totals&) = default;
  };

  imports::Job job() {
    return {*db, storage::TenantScope(tenant),
            services::Actor{services::Actor::Kind::user, {}, "ana@x.com", {}, {}}, clock};
  }
  template <class F>
  auto in_tenant(F work) {
    return db->write_now([&](storage::Transaction& tx) {
      storage::TenantTransaction scoped = tx.tenant(storage::TenantScope(tenant));
      return work(scoped);
    });
  }

  imports::Upload csv(std::string_view bytes) {
    return {bytes, "lista.csv", domain::ImportFormat::csv, {}, {}};
  }
  imports::Upload legacy(std::string_view bytes) {
    return {bytes, "clients.json", domain::ImportFormat::legacy, {}, {}};
  }
  ImportId uploaded(const imports::Upload& upload) { return must(imports::upload(job(), upload)); }
  ImportId committed(const imports::Upload& upload) {
    ImportId id = uploaded(upload);
    must(imports::commit(job(), id));
    return id;
  }

  storage::ImportRecord record(ImportId id) {
    return must(in_tenant([&](auto& tx) { return storage::import_store::get(tx, id); }));
  }
  services::ImportCounts counts(ImportId id) { return must(services::counts_from_json(record(id).counts)); }
  std::vector<storage::ImportLineRecord> lines(ImportId id) {
    return must(in_tenant([&](auto& tx) { return storage::import_store::lines_after(tx, id, 0, 100'000); }));
  }
  std::size_t imports_kept() {
    return must(in_tenant([&](auto& tx) { return storage::import_store::page(tx, {}, 100); })).size();
  }

  // The client with this phone, or none.
  std::optional<storage::ClientWithSubscriptions> client(std::string_view phone) {
    return must(in_tenant(
        [&](storage::TenantTransaction& tx) -> result<std::optional<storage::ClientWithSubscriptions>> {
          TRY(auto id, storage::client_with_phone(tx, phone));
          if (!id) return std::optional<storage::ClientWithSubscriptions>();
          TRY(auto found, storage::get_client(tx, *id));
          return std::optional(std::move(found));
        }));
  }
  std::vector<storage::NoteRow> notes(ClientId id) {
    return must(in_tenant([&](auto& tx) { return storage::notes_of_client(tx, id, 100, {}); }));
  }

  TestDatabase db{GetParam()};
  TestClock clock{Instant{1'795'435'200'000'000}, TestClock::Flow::frozen}; // 2026-11-23T12:00:00Z
  TenantId tenant;
};

} // namespace renova::test
