#include "api/imports_api.hpp"

#include "api/idempotency.hpp"
#include "api/import_request.hpp"
#include "api/import_views.hpp"
#include "api/route.hpp"

#include <memory>
#include <utility>

namespace renova::api {
namespace {

namespace imports = services::imports;
namespace store = storage::import_store;

constexpr std::string_view kTag = "Imports";
constexpr std::string_view kRead = "imports:read";
constexpr std::string_view kWrite = "imports:write";
constexpr std::string_view kUpload = "uploadImport"; // operation id, which Idempotency-Keys are kept under

using CallPtr = std::shared_ptr<const Call>;

struct ImportLinesQuery {
  std::optional<std::int64_t> limit;
  std::optional<std::string> cursor;
  std::optional<domain::LineOutcome> outcome;
};
BOOST_DESCRIBE_STRUCT(ImportLinesQuery, (), (limit, cursor, outcome))

struct Cut {
  std::int64_t after = 0;
  int limit = kPageDefault;
};
result<Cut> cut_of(const ImportLinesQuery& query) {
  PageQuery page{query.limit, query.cursor, std::nullopt, std::nullopt};
  TRY(Paging paged, paging(page, {"line"}, "line"));
  Cut cut{0, paged.limit};
  if (!paged.after) return cut;
  const auto* line =
      paged.after->values.size() == 1 ? std::get_if<std::int64_t>(&paged.after->values[0]) : nullptr;
  if (!line) return Error(ErrorCode::malformed, "the cursor is not one that this list gave");
  cut.after = *line;
  return cut;
}

result<Unit> list_imports(const Call& call) {
  TRY(PageQuery query, call.query<PageQuery>());
  TRY(Paging paged, paging(query, {"created_at"}, "-created_at"));
  if (!paged.descending) return field_error("sort", "unknown_value", "imports are listed newest first");
  std::optional<std::pair<Instant, Uuid>> before;
  if (paged.after) {
    const auto& values = paged.after->values;
    const auto* at = values.size() == 1 ? std::get_if<std::int64_t>(&values[0]) : nullptr;
    if (!at) return Error(ErrorCode::malformed, "the cursor is not one that this list gave");
    before = std::pair{Instant{*at}, paged.after->id};
  }
  return Unit([paged, before](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(auto rows, store::page(tx, before, paged.limit + 1));
    Page<ImportSummary> page;
    if (rows.size() > static_cast<std::size_t>(paged.limit)) {
      rows.pop_back();
      page.next_cursor = Cursor{paged.sort, {rows.back().created_at.us}, rows.back().id.uuid()}.encode();
    }
    for (const storage::ImportRecord& row : rows) {
      TRY(ImportSummary view, summary_of(row));
      page.data.push_back(std::move(view));
    }
    return ok(page);
  });
}

result<Unit> get_import(const Call& call) {
  TRY(ImportId id, call.id<ImportId>());
  Instant now = call.now();
  return Unit([id, now](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(ImportView view, view_import(tx, id, now));
    return ok(view);
  });
}

result<Unit> list_lines(const Call& call) {
  TRY(ImportId id, call.id<ImportId>());
  TRY(ImportLinesQuery query, call.query<ImportLinesQuery>());
  TRY(Cut cut, cut_of(query));
  Instant now = call.now();
  return Unit([=](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(storage::ImportRecord record, store::get(tx, id));
    TRY(services::ImportContext context, services::load_import_context(tx, record, now));
    TRY(auto rows, query.outcome ? store::lines_of_outcome(tx, id, *query.outcome, cut.after, cut.limit + 1)
                                 : store::lines_after(tx, id, cut.after, cut.limit + 1));
    Page<ImportLineView> page;
    if (rows.size() > static_cast<std::size_t>(cut.limit)) {
      rows.pop_back();
      page.next_cursor = Cursor{"line", {rows.back().line}, {}}.encode();
    }
    for (const storage::ImportLineRecord& row : rows) {
      TRY(ImportLineView view, line_view(context, row));
      page.data.push_back(std::move(view));
    }
    return ok(page);
  });
}

// A call that walks an import on the worker's thread.
struct Walk {
  storage::Database& database;
  Clock& clock;
  ImportWorker& worker;

  imports::Job job(const Call& call) const {
    return imports::Job{database, call.tenant(), call.actor(), clock, {}, &worker.stopping()};
  }
  result<Reply> shown(const Call& call, ImportId id, int status = 200) const {
    auto view = database.read_now([&](storage::Transaction& tx) -> result<ImportView> {
      storage::TenantTransaction tenant = tx.tenant(call.tenant());
      return view_import(tenant, id, clock.now());
    });
    if (view.has_error()) return view.error();
    Reply reply = ok(*view);
    reply.status = status;
    if (status == 201) reply.location = "/api/v1/imports/" + id.str();
    return reply;
  }
};

// The answer that was kept for the call's Idempotency-Key, if it has been used.
result<std::optional<Reply>> kept_answer(const Walk& walk, const Call& call, const IdempotencyKey& key) {
  bool unused = false;
  auto reply = walk.database.write_now([&](storage::Transaction& tx) -> result<Reply> {
    storage::TenantTransaction tenant = tx.tenant(call.tenant());
    return run_once(
        tenant, key,
        [&](storage::TenantTransaction&) -> result<Reply> {
          unused = true;
          return Error(ErrorCode::conflict, "not used yet");
        },
        call.now());
  });
  if (reply.has_value()) return std::optional<Reply>(std::move(*reply));
  if (unused) return std::optional<Reply>();
  return reply.error();
}

result<Reply> upload(const Walk& walk, const Call& call) {
  TRY(ImportRequest request, read_import_request(call));
  Route route; // what a key is kept under
  route.operation_id = kUpload;
  TRY(std::optional<IdempotencyKey> key, idempotency_key(call, route));
  if (key) {
    TRY(std::optional<Reply> kept, kept_answer(walk, call, *key));
    if (kept) return std::move(*kept);
  }
  TRY(ImportId id, imports::upload(walk.job(call), request.upload));
  if (!key) return walk.shown(call, id, 201);
  return walk.database.write_now([&](storage::Transaction& tx) -> result<Reply> {
    storage::TenantTransaction tenant = tx.tenant(call.tenant());
    return run_once(
        tenant, *key,
        [&](storage::TenantTransaction& inner) -> result<Reply> {
          TRY(ImportView view, view_import(inner, id, call.now()));
          return created(view, "/api/v1/imports/" + id.str());
        },
        call.now());
  });
}

result<Reply> change(const Walk& walk, const Call& call) {
  TRY(ImportId id, call.id<ImportId>());
  TRY(ImportChange body, call.body<ImportChange>());
  auto record = walk.database.read_now([&](storage::Transaction& tx) -> result<storage::ImportRecord> {
    storage::TenantTransaction tenant = tx.tenant(call.tenant());
    return store::get(tenant, id);
  });
  if (record.has_error()) return record.error();
  TRY(services::ImportOptions before, services::options_from_json(record->options));
  TRY(services::ImportOptions options, changed_options(body, before));
  TRY(auto mapping, mapping_of(body));
  TRY_DO(imports::change(walk.job(call), id, mapping, options));
  return walk.shown(call, id);
}

result<Reply> discard(const Walk& walk, const Call& call) {
  TRY(ImportId id, call.id<ImportId>());
  TRY_DO(imports::discard(walk.job(call), id));
  return no_content();
}

// Runs a walk that may be long: after kPatience the caller gets the import as it stands, and the walk goes
// on.
using Step = result<void> (*)(const imports::Job&, ImportId);
void patiently(const Walk& walk, const CallPtr& call, const Respond& respond, Step step) {
  auto id = call->id<ImportId>();
  if (id.has_error()) return respond(id.error());
  auto began = std::chrono::steady_clock::now();
  bool answered = false;
  imports::Job job = walk.job(*call);
  job.progress = [&](std::int64_t, std::int64_t) {
    if (answered || std::chrono::steady_clock::now() - began < ImportsApi::kPatience) return;
    answered = true;
    respond(walk.shown(*call, *id, 202));
  };
  auto outcome = step(job, *id);
  if (answered) return;
  if (outcome.has_error()) return respond(outcome.error());
  respond(walk.shown(*call, *id));
}

// Hands a call to the worker.
using Work = std::function<void(const Walk&, const CallPtr&, const Respond&)>;
auto on_worker(Walk walk, Work work) {
  return [walk, work = std::move(work)](CallPtr call, Respond respond) {
    auto taken = walk.worker.submit([walk, work, call, respond] {
      try {
        work(walk, call, respond);
      } catch (const std::exception& problem) {
        respond(Error(ErrorCode::internal, problem.what()));
      }
    });
    if (taken.has_error()) respond(taken.error());
  };
}
Work answering(result<Reply> (*function)(const Walk&, const Call&)) {
  return [function](const Walk& walk, const CallPtr& call, const Respond& respond) {
    respond(function(walk, *call));
  };
}
Work walking(Step step) {
  return [step](const Walk& walk, const CallPtr& call, const Respond& respond) {
    patiently(walk, call, respond, step);
  };
}

constexpr std::string_view kUploadHelp =
    "Reads a list of clients and answers a preview; no client changes. The body is a CSV file "
    "(multipart/form-data with "
    "a part \"file\", or text/csv as it is), or the original system's data as JSON. Delimiter, encoding and "
    "columns are "
    "detected; options come as parameters or as further form parts";
constexpr std::string_view kCommitHelp =
    "Applies a preview. Repeating the call for a committed import changes nothing and answers the same; for "
    "one that was "
    "interrupted it goes on. 202: it takes longer and goes on by itself (see import_progress, or ask again)";
constexpr std::string_view kUndoHelp =
    "Takes a committed import back, line by line; what has been changed since is kept, and its line says so. "
    "Can be "
    "repeated like commit";

} // namespace

void ImportsApi::add_routes(RouteTable& routes) {
  Walk walk{database_, clock_, worker_};
  routes.post("/api/v1/imports", Role::operator_, RateClass::normal, kUpload, kUploadHelp)
      .query<ImportParameters>()
      .takes_raw("multipart/form-data", domain::kMaxImportBytes + kFormOverhead)
      .answers<ImportView>(201)
      .tag(kTag)
      .scope(kWrite)
      .custom(on_worker(walk, answering(upload)));
  routes.get("/api/v1/imports", Role::viewer, RateClass::normal, "listImports", "Imports, the newest first")
      .query<PageQuery>()
      .answers<Page<ImportSummary>>()
      .tag(kTag)
      .scope(kRead)
      .read(list_imports);
  routes
      .get("/api/v1/imports/{id}", Role::viewer, RateClass::normal, "getImport",
           "One import, with its first lines")
      .answers<ImportView>()
      .tag(kTag)
      .scope(kRead)
      .read(get_import);
  routes
      .get("/api/v1/imports/{id}/lines", Role::viewer, RateClass::normal, "listImportLines",
           "All lines of an import, or those with one outcome")
      .query<ImportLinesQuery>()
      .answers<Page<ImportLineView>>()
      .tag(kTag)
      .scope(kRead)
      .read(list_lines);
  routes
      .patch("/api/v1/imports/{id}", Role::operator_, RateClass::normal, "changeImport",
             "Another mapping of columns, or other options, for a preview; all its lines are read anew")
      .takes<ImportChange>(R"({"mapping":{"Nome":"name","Fone":"phone"},"merge":"skip"})")
      .answers<ImportView>()
      .tag(kTag)
      .scope(kWrite)
      .custom(on_worker(walk, answering(change)));
  routes
      .del("/api/v1/imports/{id}", Role::operator_, RateClass::normal, "discardImport",
           "Throws a preview away")
      .answers_nothing()
      .tag(kTag)
      .scope(kWrite)
      .custom(on_worker(walk, answering(discard)));
  routes.post("/api/v1/imports/{id}/commit", Role::operator_, RateClass::normal, "commitImport", kCommitHelp)
      .answers<ImportView>()
      .tag(kTag)
      .scope(kWrite)
      .custom(on_worker(walk, walking(imports::commit)));
  routes.post("/api/v1/imports/{id}/undo", Role::operator_, RateClass::normal, "undoImport", kUndoHelp)
      .answers<ImportView>()
      .tag(kTag)
      .scope(kWrite)
      .custom(on_worker(walk, walking(imports::undo)));
}

} // namespace renova::api
