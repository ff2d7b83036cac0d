// What goes in comes out the same, on both engines.
#include "tests/storage/fixture.hpp"

namespace renova::storage {

class Values : public StorageTest {
 protected:
  Thing round_trip(const Thing& made) {
    test::must(write_thing(made));
    auto found = test::must(db->read_now([&](Transaction& tx) {
      return tx.tenant(scope).first<Thing>(test_sql::thing_get, {{"id", made.id}});
    }));
    EXPECT_TRUE(found.has_value());
    return found.value_or(Thing{});
  }

  template <class T>
  T single(const TenantStatement& statement, Parameters parameters) {
    auto row = test::must(
        db->read_now([&](Transaction& tx) { return tx.tenant(scope).first<T>(statement, parameters); }));
    EXPECT_TRUE(row.has_value());
    return row.value_or(T{});
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Values, test::kBothEngines, test::engine_name);

TEST_P(Values, TextThatCannotBeStoredIsRefused) {
  for (std::string bad :
       {std::string("a\0b", 3), std::string("\xff"), std::string("\xed\xa0\x80"), std::string("\xc0\xaf")}) {
    auto outcome = write_thing(thing(bad));
    ASSERT_TRUE(outcome.has_error());
    EXPECT_EQ(outcome.error().code, ErrorCode::validation_failed);
    EXPECT_EQ(outcome.error().about, "name");
  }
  EXPECT_TRUE(names().empty());
}

TEST_P(Values, RoundTrip) {
  Thing parent = round_trip(thing("parent"));
  Thing made =
      thing("José 🎬 عربي \"'; DROP TABLE things; -- \n\t\\", std::numeric_limits<std::int64_t>::max());
  made.picture = Bytes{0, 1, 255, 0, '\''};
  made.day = Date::of(1969, 12, 31);
  made.kind = Kind::fancy;
  made.parent_id = parent.id;
  made.label = "";
  Thing read = round_trip(made);
  EXPECT_EQ(read.id, made.id);
  EXPECT_EQ(read.name, made.name);
  EXPECT_EQ(read.amount, made.amount);
  EXPECT_EQ(read.picture, made.picture);
  EXPECT_EQ(read.day, made.day);
  EXPECT_EQ(read.kind, made.kind);
  EXPECT_EQ(read.parent_id, made.parent_id);
  EXPECT_EQ(read.label, "");
}

TEST_P(Values, NullsOfEveryType) {
  Thing read = round_trip(thing("bare"));
  EXPECT_FALSE(read.amount || read.picture || read.day || read.parent_id || read.label);
}

TEST_P(Values, Extremes) {
  EXPECT_EQ(round_trip(thing("min", std::numeric_limits<std::int64_t>::min())).amount,
            std::numeric_limits<std::int64_t>::min());
  Thing large = thing(std::string(2'000, 'x'));
  large.picture = Bytes(3'000'000, 7);
  EXPECT_EQ(round_trip(large).picture, large.picture);
  large = thing(std::string(2'000, 'y'));
  EXPECT_EQ(round_trip(large).name.size(), 2'000u);
  Thing empty = thing("empty");
  empty.picture = Bytes{};
  EXPECT_EQ(round_trip(empty).picture, Bytes{});
}

TEST_P(Values, AggregatesAreIntegers) {
  EXPECT_EQ(single<std::optional<std::int64_t>>(test_sql::thing_sum, {}), std::nullopt);
  test::must(write_thing(thing("a", 3'000'000'000'000'000'000)));
  test::must(write_thing(thing("b", 39)));
  test::must(write_thing(thing("c", -60'000)));
  EXPECT_EQ(single<std::optional<std::int64_t>>(test_sql::thing_sum, {}), 2'999'999'999'999'940'039);
  EXPECT_EQ(single<std::int64_t>(test_sql::thing_count, {}), 3);
}

TEST_P(Values, NullParameterInACondition) {
  EXPECT_FALSE(single<bool>(test_sql::thing_exists, {{"name", std::optional<std::string>()}}));
  test::must(write_thing(thing("a")));
  EXPECT_TRUE(single<bool>(test_sql::thing_exists, {{"name", std::optional<std::string>()}}));
  EXPECT_TRUE(single<bool>(test_sql::thing_exists, {{"name", "a"}}));
  EXPECT_FALSE(single<bool>(test_sql::thing_exists, {{"name", "b"}}));
}

TEST_P(Values, TextSortsByteByByte) {
  for (const char* name : {"b", "á", "B", "a", "Z", "~"}) test::must(write_thing(thing(name)));
  EXPECT_EQ(names(), (std::vector<std::string>{"B", "Z", "a", "b", "~", "á"}));
}

TEST_P(Values, StringsCommentsAndCastsAreNoParameters) {
  test::must(db->write_now([](Transaction& tx) {
    return tx.run(test_sql::counter_set, {{"name", "x"}, {"value", 1}});
  }));
  std::string a;
  test::must(db->read_now([&](Transaction& tx) {
    return tx.run(test_sql::literals, {{"name", "x"}}, [&](const Row& row) { a = row.text(0); });
  }));
  EXPECT_EQ(a, ":name ?1 $1 -- no comment");
}

TEST_P(Values, RowCounts) {
  test::must(write_thing(thing("a")));
  test::must(write_thing(thing("b")));
  auto changed = [&](const TenantStatement& statement, Parameters parameters) {
    return test::must(
        db->write_now([&](Transaction& tx) { return tx.tenant(scope).run(statement, parameters); }));
  };
  EXPECT_EQ(changed(test_sql::thing_update, {{"name", "a"}, {"amount", 1}}), 1);
  EXPECT_EQ(changed(test_sql::thing_update, {{"name", "none"}, {"amount", 1}}), 0);
  EXPECT_EQ(changed(test_sql::thing_names, {}), 2);
  EXPECT_EQ(changed(test_sql::thing_delete, {{"name", "b"}}), 1);
  Thing again = thing("a");
  std::int64_t returned = 0;
  EXPECT_EQ(test::must(db->write_now([&](Transaction& tx) {
              return tx.tenant(scope).run(test_sql::thing_put,
                                          {{"id", again.id}, {"name", "a"}, {"amount", 77}},
                                          [&](const Row& row) { returned = row.integer(0); });
            })),
            1);
  EXPECT_EQ(returned, 77);
}

TEST_P(Values, WrongUseIsInternal) {
  auto code = [&](auto work) {
    auto outcome = db->write_now([&](Transaction& tx) -> result<void> {
      TRY_DO(work(tx.tenant(scope)));
      return {};
    });
    return outcome.has_error() ? outcome.error().code : ErrorCode::not_found;
  };
  EXPECT_EQ(code([](auto tx) {
              return tx.run(test_sql::thing_update, {{"name", "a"}});
            }),
            ErrorCode::internal);
  EXPECT_EQ(code([](auto tx) {
              return tx.run(test_sql::thing_names, {{"name", "a"}});
            }),
            ErrorCode::internal);
  test::must(write_thing(thing("a")));
  EXPECT_EQ(code([](auto tx) { return tx.template all<std::int64_t>(test_sql::thing_names, {}); }),
            ErrorCode::internal);
  EXPECT_EQ(code([](auto tx) { return tx.template all<std::int64_t>(test_sql::thing_sum, {}); }),
            ErrorCode::internal);
}

TEST_P(Values, FamilyForms) {
  using P = test_sql::ThingsPage;
  for (int i = 0; i < 4; ++i) {
    Thing made = thing(std::string(1, static_cast<char>('a' + i)));
    made.day = Date{100 - i};
    made.kind = i == 2 ? Kind::fancy : Kind::plain;
    test::must(write_thing(made));
  }
  auto page = [&](P::Sort sort, P::Dir dir, FamilyFilters filters, auto after_key) {
    return test::must(db->read_now([&](Transaction& tx) {
      return tx.tenant(scope).all<std::string>(test_sql::things_page.pick(sort, dir, filters),
                                               {{"after_key", after_key},
                                                {"after_id", ClientId()},
                                                {"kind", Kind::fancy},
                                                {"owner", "Ana"},
                                                {"limit", 2}});
    }));
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(page(P::Sort::name, P::Dir::asc, {}, ""), (Names{"a", "b"}));
  EXPECT_EQ(page(P::Sort::name, P::Dir::desc, {}, ""), (Names{"d", "c"}));
  EXPECT_EQ(page(P::Sort::day, P::Dir::asc, P::owned, 0), (Names{"d", "c"}));
  EXPECT_EQ(page(P::Sort::day, P::Dir::asc, P::after | P::owned, 99), (Names{"b", "a"}));
  EXPECT_EQ(page(P::Sort::name, P::Dir::asc, P::kind, ""), (Names{"c"}));
  P::Sort sort{};
  EXPECT_TRUE(from_text("day", sort));
  EXPECT_EQ(sort, P::Sort::day);
  EXPECT_FALSE(from_text("day; DROP TABLE things", sort));
  EXPECT_EQ(&test_sql::things_page.pick(P::Sort::name, P::Dir::asc, P::kind),
            &test_sql::things_page.pick(P::Sort::name, P::Dir::asc, P::kind));
}

} // namespace renova::storage
