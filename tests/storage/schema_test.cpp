// The program's own schema.
#include "storage/family.hpp"
#include "tests/support/test_database.hpp"

namespace renova::storage {

class Schema : public testing::TestWithParam<Engine> {
 protected:
  test::TestDatabase db{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Engines, Schema, test::kBothEngines, test::engine_name);

TEST_P(Schema, IsUpToDateAfterMigrating) {
  auto status = test::must(db->migration_status());
  EXPECT_GE(status.available, 1);
  EXPECT_EQ(status.applied, status.available);
  test::must(db->migrate());
}

} // namespace renova::storage
