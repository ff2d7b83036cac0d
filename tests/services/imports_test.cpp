#include "tests/services/imports_fixture.hpp"
#include "tests/support/csv_sample.hpp"

#if defined(__SANITIZE_ADDRESS__)
extern "C" std::size_t __sanitizer_get_current_allocated_bytes(); // its header is not in every installation
#endif

namespace renova::test {
namespace {

using domain::ImportState;
using domain::LineOutcome;
using services::ImportCounts;

constexpr std::string_view kHeader = "Nome;Telefone;Tipo;Valor;Vencimento;Status;Tags;Observações\r\n";
std::string list(std::string_view rows) { return std::string(kHeader) + std::string(rows); }
constexpr std::string_view kAna =
    "Ana Lima;(11) 98765-4321;IPTV;1.234,50;31/12/2026;pago;vip;Ligar antes\r\n";

class Imports : public ImportFixture {};
INSTANTIATE_TEST_SUITE_P(Engines, Imports, kBothEngines, engine_name);

TEST_P(Imports, RefusesFilesThatAreCorruptAndKeepsNothing) {
  struct {
    std::string bytes;
    std::string_view code;
  } const kFiles[] = {
      {list(
           "Ana;11987654321;IPTV;10;31/12/2026;;;\"never closed\r\nBia;11987654322;IPTV;1;31/12/2026;;;\r\n"),
       "corrupt_file"},
      {std::string("PK\x03\x04\0\0\0\0\x14\0", 10) + std::string(100, '\0'), "binary_file"},
      {std::string(kHeader), "empty_file"},
      {"", "empty_file"},
  };
  for (const auto& file : kFiles) {
    auto outcome = imports::upload(job(), csv(file.bytes));
    ASSERT_TRUE(outcome.has_error()) << file.code;
    EXPECT_EQ(outcome.error().code, ErrorCode::validation_failed);
    EXPECT_EQ(outcome.error().fields.at(0).code, file.code);
  }
  auto quote = imports::upload(job(), csv(kFiles[0].bytes));
  EXPECT_NE(quote.error().detail.find("line 2"), std::string::npos) << quote.error().detail;
  EXPECT_EQ(imports::upload(job(), legacy("[{\"name\":\"A")).error().code, ErrorCode::malformed);
  EXPECT_EQ(imports_kept(), 0u);
}

TEST_P(Imports, RefusesTooManyLinesAndTooManyBytes) {
  std::string many(kHeader);
  for (int i = 0; i <= domain::kMaxImportLines; ++i) many += "a;b\n";
  EXPECT_EQ(imports::upload(job(), csv(many)).error().fields.at(0).code, "too_many_lines");
  std::string big(domain::kMaxImportBytes + 1, 'a');
  EXPECT_EQ(imports::upload(job(), csv(big)).error().code, ErrorCode::payload_too_large);
  EXPECT_EQ(imports_kept(), 0u);
}

TEST_P(Imports, UnknownIdsAndStatesAreRefused) {
  ImportId nobody = ImportId::make(clock.now());
  EXPECT_EQ(imports::commit(job(), nobody).error().code, ErrorCode::not_found);
  EXPECT_EQ(imports::undo(job(), nobody).error().code, ErrorCode::not_found);
  EXPECT_EQ(imports::change(job(), nobody, {}, {}).error().code, ErrorCode::not_found);
  EXPECT_EQ(imports::discard(job(), nobody).error().code, ErrorCode::not_found);
  ImportId id = uploaded(csv(list(kAna)));
  EXPECT_EQ(imports::undo(job(), id).error().code, ErrorCode::conflict); // not committed
  must(imports::commit(job(), id));
  EXPECT_EQ(imports::change(job(), id, {}, {}).error().code, ErrorCode::conflict);
  EXPECT_EQ(imports::discard(job(), id).error().code, ErrorCode::conflict);
  must(imports::undo(job(), id));
  EXPECT_EQ(imports::commit(job(), id).error().code, ErrorCode::conflict);
}

TEST_P(Imports, APreviewChangesNoClient) {
  ImportId id = uploaded(csv("\xEF\xBB\xBF" + list(std::string(kAna) + "B;?;IPTV;x;99/99/2026;;;\r\n")));
  storage::ImportRecord stored = record(id);
  EXPECT_EQ(stored.state, ImportState::preview);
  EXPECT_EQ(stored.delimiter, ";");
  EXPECT_EQ(stored.encoding, "utf-8");
  EXPECT_EQ(counts(id), (ImportCounts{2, 1, 0, 0, 1}));
  auto all = lines(id);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].line, 2);
  EXPECT_EQ(all[0].outcome, LineOutcome::create);
  EXPECT_EQ(all[1].outcome, LineOutcome::error);
  EXPECT_GE(must(services::problems_from_json(all[1].errors)).size(), 3u);
  EXPECT_FALSE(client("5511987654321"));
}

TEST_P(Imports, CommitCreatesWhatTheLineSays) {
  ImportId id = committed(csv(list(kAna)));
  auto ana = client("5511987654321");
  ASSERT_TRUE(ana);
  EXPECT_EQ(ana->client.name, "Ana Lima");
  EXPECT_EQ(ana->client.tags, R"(["vip"])");
  ASSERT_EQ(ana->subscriptions.size(), 1u);
  EXPECT_EQ(ana->subscriptions[0].price_amount, 123450);
  EXPECT_EQ(ana->subscriptions[0].expires_on, Date::of(2026, 12, 31));
  EXPECT_EQ(ana->subscriptions[0].anchor_day, 31);
  EXPECT_EQ(notes(ana->client.id).at(0).text, "Ligar antes");
  EXPECT_EQ(record(id).state, ImportState::committed);
  EXPECT_EQ(lines(id).at(0).client_id, ana->client.id);
  must(imports::commit(job(), id)); // again: nothing
  EXPECT_EQ(client("5511987654321")->client.version, ana->client.version);
}

TEST_P(Imports, ReadsEveryEncodingOfTheSameList) {
  int round = 0;
  for (SampleEncoding encoding : {SampleEncoding::utf8_bom, SampleEncoding::utf8,
                                  SampleEncoding::windows_1252, SampleEncoding::utf16_le}) {
    CsvSample sample;
    sample.lines = 60;
    sample.encoding = encoding;
    sample.delimiter = std::array{';', ',', '\t', '|'}[static_cast<std::size_t>(round++)];
    if (sample.delimiter == ',') continue; // decimal commas: Excel itself would not write that
    CsvSampleFile file = make_csv_sample(sample);
    ImportId id = uploaded(csv(file.bytes));
    EXPECT_EQ(counts(id), (ImportCounts{60, 60, 0, 0, 0})) << round;
    EXPECT_EQ(record(id).delimiter, std::string(1, sample.delimiter));
    auto cells = must(services::cells_from_json(lines(id).at(0).row_json));
    CsvSample plain = sample;
    plain.encoding = SampleEncoding::utf8;
    EXPECT_NE(make_csv_sample(plain).bytes.find(cells.at(0)), std::string::npos) << round;
  }
}

TEST_P(Imports, MergesByPhoneAndOnlyWhatTheLineHas) {
  committed(csv(list(kAna)));
  ImportId id =
      committed(csv("nome;fone;tags;email\nAna Maria Lima;11 98765 4321;novo;ana@exemplo.com.br\n"));
  EXPECT_EQ(counts(id), (ImportCounts{1, 0, 1, 0, 0}));
  auto ana = client("5511987654321");
  EXPECT_EQ(ana->client.name, "Ana Maria Lima");
  EXPECT_EQ(ana->client.email, "ana@exemplo.com.br");
  EXPECT_EQ(ana->client.tags, R"(["vip","novo"])");
  EXPECT_EQ(ana->subscriptions.at(0).price_amount, 123450); // not in the line
  ImportId again =
      uploaded(csv("nome;fone;tags;email\nAna Maria Lima;11 98765 4321;novo;ana@exemplo.com.br\n"));
  EXPECT_EQ(counts(again), (ImportCounts{1, 0, 0, 1, 0}));
  EXPECT_NE(lines(again).at(0).warnings.find("unchanged"), std::string::npos);
}

TEST_P(Imports, TheSameListTwiceChangesNothingTheSecondTime) {
  committed(csv(list(kAna)));
  auto before = client("5511987654321");
  ImportId id = committed(csv(list(kAna)));
  EXPECT_EQ(counts(id), (ImportCounts{1, 0, 0, 1, 0}));
  EXPECT_EQ(client("5511987654321")->client.version, before->client.version);
  EXPECT_EQ(notes(before->client.id).size(), 1u);
  storage::ImportRecord stored = record(id);
  auto sample = must(in_tenant([&](auto& tx) { return imports::sample(tx, stored); }));
  EXPECT_TRUE(sample.same_file);
}

TEST_P(Imports, MergePolicySkipLeavesClientsAlone) {
  committed(csv(list(kAna)));
  imports::Upload upload = csv("nome;fone\nOutra Pessoa;11987654321\nBia Souza;11987654322\n");
  upload.options.merge = domain::MergePolicy::skip;
  ImportId id = committed(upload);
  EXPECT_EQ(counts(id), (ImportCounts{2, 1, 0, 1, 0}));
  EXPECT_EQ(client("5511987654321")->client.name, "Ana Lima");
}

TEST_P(Imports, RepeatedPhonesAreReportedAndTheFirstOrLastWins) {
  std::string rows =
      list("Primeira;11987654321;IPTV;10;31/12/2026;;;\nSegunda;5511987654321;IPTV;20;31/12/2026;;;\n");
  ImportId first = uploaded(csv(rows));
  EXPECT_EQ(counts(first), (ImportCounts{2, 1, 0, 1, 0}));
  EXPECT_NE(lines(first).at(1).errors.find("repeated_phone"), std::string::npos);
  imports::Upload upload = csv(rows);
  upload.options.repeats = domain::RepeatPolicy::last;
  ImportId last = committed(upload);
  EXPECT_EQ(counts(last), (ImportCounts{2, 1, 0, 1, 0}));
  EXPECT_EQ(lines(last).at(0).outcome, LineOutcome::skip);
  EXPECT_EQ(client("5511987654321")->client.name, "Segunda");
}

TEST_P(Imports, OnePersonWithTwoPlansIsOneClientWithTwoSubscriptions) {
  std::string rows =
      list("Ana Lima;11987654321;IPTV;10;31/12/2026;;;\nAna Lima;11987654321;VPN;20;15/12/2026;;;\n");
  ImportId id = committed(csv(rows));
  EXPECT_EQ(counts(id), (ImportCounts{2, 1, 1, 0, 0}));
  EXPECT_EQ(client("5511987654321")->subscriptions.size(), 2u);
  EXPECT_EQ(counts(committed(csv(rows))), (ImportCounts{2, 0, 0, 2, 0}));
  must(imports::undo(job(), id));
  EXPECT_EQ(counts(id).kept, 0);
  EXPECT_FALSE(client("5511987654321"));
}

TEST_P(Imports, AnotherMappingReadsAllLinesAnew) {
  ImportId id = uploaded(csv("Quem;Zap;X\nAna Lima;11987654321;vip\n"));
  EXPECT_EQ(counts(id).error + counts(id).create, 1);
  must(imports::change(job(), id,
                       {{"Quem", {}, domain::ImportField::name},
                        {"zap", {}, domain::ImportField::phone},
                        {{}, 2, domain::ImportField::tags}},
                       {}));
  EXPECT_EQ(counts(id), (ImportCounts{1, 1, 0, 0, 0}));
  auto wrong = imports::change(job(), id, {{"Nada", {}, domain::ImportField::name}}, {});
  EXPECT_EQ(wrong.error().fields.at(0).code, "unknown_column");
  must(imports::change(job(), id, {{"Quem", {}, std::nullopt}}, {}));
  EXPECT_EQ(counts(id).error, 1);
  auto refused = imports::commit(job(), id);
  EXPECT_EQ(refused.error().fields.at(0).code, "missing_column");
  EXPECT_EQ(record(id).state, ImportState::preview);
}

TEST_P(Imports, UndoRemovesRestoresAndKeeps) {
  committed(csv(list(kAna)));
  auto before = client("5511987654321");
  ImportId id =
      committed(csv(list("Ana L. Lima;11987654321;IPTV;99,00;15/01/2027;;novo;\r\n"
                         "Bia Souza;11987654322;VPN;10;31/12/2026;;;\r\n"
                         "Caio Reis;11987654323;VPN;10;31/12/2026;;;\r\n")));
  EXPECT_EQ(counts(id), (ImportCounts{3, 2, 1, 0, 0}));
  auto caio = client("5511987654323");
  must(in_tenant([&](storage::TenantTransaction& tx) -> result<void> {
    storage::ClientRow row = caio->client;
    row.name = "Caio dos Reis";
    return storage::update_client(tx, row, {}, clock.now());
  }));
  must(imports::undo(job(), id));
  EXPECT_EQ(record(id).state, ImportState::undone);
  ImportCounts after = counts(id);
  EXPECT_EQ(after.removed, 1);
  EXPECT_EQ(after.restored, 1);
  EXPECT_EQ(after.kept, 1);
  EXPECT_FALSE(client("5511987654322"));
  EXPECT_EQ(client("5511987654323")->client.name, "Caio dos Reis");
  EXPECT_NE(lines(id).at(2).errors.find("changed_since"), std::string::npos);
  auto ana = client("5511987654321");
  EXPECT_EQ(ana->client.name, before->client.name);
  EXPECT_EQ(ana->client.tags, before->client.tags);
  EXPECT_EQ(ana->subscriptions.at(0).price_amount, 123450);
  EXPECT_EQ(ana->subscriptions.at(0).expires_on, Date::of(2026, 12, 31));
  must(imports::undo(job(), id)); // again: nothing
  EXPECT_EQ(client("5511987654321")->client.version, ana->client.version);
}

TEST_P(Imports, TwoImportsCanBeUndoneOneAfterTheOther) {
  ImportId first = committed(csv(list(kAna)));
  ImportId second = committed(csv(list("Ana L. Lima;11987654321;IPTV;99,00;15/01/2027;;novo;\r\n")));
  must(imports::undo(job(), second));
  must(imports::undo(job(), first));
  EXPECT_EQ(counts(first).removed, 1);
  EXPECT_FALSE(client("5511987654321"));
}

TEST_P(Imports, AnArchivedClientComesBackAndGoesAgain) {
  committed(csv(list(kAna)));
  auto archive = [&](storage::TenantTransaction& tx) -> result<void> {
    TRY(auto id, storage::client_with_phone(tx, "5511987654321"));
    TRY(auto found, storage::get_client(tx, *id));
    found.client.archived_at = clock.now();
    return storage::update_client(tx, found.client, {"vip"}, clock.now());
  };
  must(in_tenant(archive));
  ImportId id = committed(csv(list(kAna)));
  EXPECT_EQ(counts(id).update, 1);
  EXPECT_FALSE(client("5511987654321")->client.archived_at);
  must(imports::undo(job(), id));
  EXPECT_TRUE(client("5511987654321")->client.archived_at);
}

TEST_P(Imports, DiscardAndStalePreviewsLeaveNothing) {
  ImportId id = uploaded(csv(list(kAna)));
  must(imports::discard(job(), id));
  EXPECT_EQ(imports_kept(), 0u);
  ImportId old = uploaded(csv(list(kAna)));
  clock.advance(imports::kPreviewLife + Duration(1));
  ImportId fresh = uploaded(csv(list(kAna)));
  EXPECT_EQ(imports_kept(), 1u);
  EXPECT_NE(old, fresh);
}

#if defined(__SANITIZE_ADDRESS__)
// What is alive after each chunk must not grow with the lines that have been read.
TEST_P(Imports, ALongListIsReadInBoundedMemory) {
  // SQLite's page cache grows to its own bound meanwhile.
  const std::size_t slack = (GetParam() == storage::Engine::sqlite ? 40 : 1) * 1024 * 1024;
  std::string bytes(kHeader);
  for (int i = 0; i < 12'000; ++i) bytes += "x;" + std::string(200, 'y') + ";;;;;;\r\n"; // errors all
  std::vector<std::size_t> alive;
  imports::Job watched = job();
  watched.progress = [&](std::int64_t, std::int64_t) {
    alive.push_back(__sanitizer_get_current_allocated_bytes());
  };
  must(imports::upload(watched, csv(bytes)));
  ASSERT_GE(alive.size(), 12u);
  EXPECT_LT(alive.back(), alive.front() + slack);
}
#endif

TEST_P(Imports, AnotherTenantSeesNothing) {
  ImportId id = uploaded(csv(list(kAna)));
  tenant = must(db->write_now([&](storage::Transaction& tx) {
    return services::onboarding::new_tenant(tx, "Outra", domain::Locale::pt_br, clock.now());
  }));
  EXPECT_EQ(imports::commit(job(), id).error().code, ErrorCode::not_found);
  EXPECT_EQ(imports_kept(), 0u);
}

// Lines of several chunks; the walk is cut off after `units` more units of work.
class ImportsCut : public ImportFixture {
 protected:
  void cut_after(int units) {
    left_ = units;
    storage::DatabaseOptions options;
    options.faults.before_commit = [this]() -> std::optional<Error> {
      if (left_ < 0 || left_-- > 0) return std::nullopt;
      left_ = 0;
      return Error(ErrorCode::unavailable, "the process was killed here");
    };
    db.reopen(std::move(options));
  }
  void heal() {
    left_ = -1;
    db.reopen(storage::DatabaseOptions{});
  }
  std::atomic<int> left_{-1};
};
INSTANTIATE_TEST_SUITE_P(Engines, ImportsCut, kBothEngines, engine_name);

TEST_P(ImportsCut, CommitAndUndoGoOnWhereTheyWereCut) {
  CsvSample sample;
  sample.lines = 2'100;
  sample.errors_in_thousand = 20;
  sample.repeats_in_thousand = 10;
  CsvSampleFile file = make_csv_sample(sample);
  ImportId id = uploaded(csv(file.bytes));
  ImportCounts preview = counts(id);
  EXPECT_EQ(preview, (ImportCounts{2'100, file.good, 0, file.repeated, file.errors}));
  cut_after(2); // the state, one chunk
  EXPECT_EQ(imports::commit(job(), id).error().code, ErrorCode::unavailable);
  heal();
  EXPECT_EQ(record(id).state, ImportState::committing);
  EXPECT_GT(record(id).done_line, 0);
  EXPECT_TRUE(client(sample_phone(0)));
  must(imports::commit(job(), id));
  EXPECT_EQ(counts(id), preview);
  std::int64_t creating = 0;
  for (const auto& line : lines(id)) creating += line.client_id.has_value() ? 1 : 0;
  EXPECT_EQ(creating, file.good); // none twice, none lost

  cut_after(2);
  EXPECT_EQ(imports::undo(job(), id).error().code, ErrorCode::unavailable);
  heal();
  EXPECT_EQ(record(id).state, ImportState::undoing);
  must(imports::undo(job(), id));
  EXPECT_EQ(counts(id).removed, file.good);
  EXPECT_FALSE(client(sample_phone(0)));
}

TEST_P(ImportsCut, AnUploadThatWasCutIsNothing) {
  CsvSample sample;
  sample.lines = 2'100;
  CsvSampleFile file = make_csv_sample(sample);
  cut_after(2);
  EXPECT_TRUE(imports::upload(job(), csv(file.bytes)).has_error());
  heal();
  EXPECT_EQ(imports_kept(), 0u);
  clock.advance(imports::kUploadLife + Duration(1));
  ImportId id = uploaded(csv(file.bytes)); // clears the remains
  EXPECT_EQ(counts(id).lines, 2'100);
}

TEST_P(ImportsCut, AStoppedServerLeavesAnImportThatGoesOn) {
  ImportId id = uploaded(csv(list(kAna)));
  std::atomic<bool> stop{true};
  imports::Job stopped = job();
  stopped.stop = &stop;
  EXPECT_EQ(imports::commit(stopped, id).error().code, ErrorCode::unavailable);
  must(imports::commit(job(), id));
  EXPECT_TRUE(client("5511987654321"));
}

} // namespace
} // namespace renova::test
