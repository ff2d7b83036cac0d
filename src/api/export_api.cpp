#include "api/client_inputs.hpp"
#include "api/clients_api.hpp"
#include "services/export.hpp"

namespace renova::api {
namespace {

namespace exporting = services::exporting;

struct ExportQuery : ClientFilterFields {
  std::optional<exporting::Format> format;
};
BOOST_DESCRIBE_STRUCT(ExportQuery, (ClientFilterFields), (format))

// A file under way: one piece a read transaction, each when the connection wants it.
class ExportRun : public std::enable_shared_from_this<ExportRun> {
 public:
  ExportRun(storage::Database& database, std::shared_ptr<const Call> call)
      : database_(database), call_(std::move(call)) {}

  result<void> prepare() {
    TRY(auto query, call_->query<ExportQuery>());
    TRY(filter_, to_service(query, ""));
    format_ = query.format.value_or(exporting::Format::csv);
    return {};
  }

  void start(Respond respond) {
    auto self = shared_from_this();
    database_.write(
        [self](storage::Transaction& tx) -> result<void> {
          auto tenant = tx.tenant(self->call_->tenant());
          return exporting::note_export(tenant, self->call_->actor(), self->format_, self->call_->now());
        },
        [self, respond](result<void> noted) {
          if (noted.has_error()) return respond(noted.error());
          respond.raw(self->response());
        });
  }

 private:
  http::Response response() {
    const bool csv = format_ == exporting::Format::csv;
    http::Response response;
    response.headers.set("Content-Type", csv ? "text/csv; charset=utf-8" : "application/json");
    response.headers.set("Content-Disposition", csv ? "attachment; filename=\"clients.csv\""
                                                    : "attachment; filename=\"clients.json\"");
    response.next = [self = shared_from_this()](http::Response::Piece piece) {
      self->next(std::move(piece));
    };
    return response;
  }

  void next(http::Response::Piece piece) {
    auto self = shared_from_this();
    auto text = std::make_shared<std::string>();
    database_.read(
        storage::Database::Cost::scan,
        [self, text](storage::Transaction& tx) -> result<void> {
          auto tenant = tx.tenant(self->call_->tenant());
          auto progress = self->progress_; // a unit may run more than once
          TRY(*text,
              exporting::next_piece(tenant, self->format_, self->filter_, progress, self->call_->now()));
          self->reached_ = progress;
          return {};
        },
        [self, text, piece = std::move(piece)](result<void> done) {
          if (done.has_error()) return piece(done.error());
          self->progress_ = self->reached_;
          piece(std::move(*text));
        });
  }

  storage::Database& database_;
  std::shared_ptr<const Call> call_;
  exporting::Format format_ = exporting::Format::csv;
  services::clients::ListFilter filter_;
  exporting::Progress progress_;
  exporting::Progress reached_;
};

} // namespace

void add_export_api(RouteTable& routes, storage::Database& database) {
  routes
      .get("/api/v1/clients/export", Role::operator_, RateClass::normal, "exportClients",
           "The clients that a filter lets through, as CSV (UTF-8, semicolons) or JSON")
      .query<ExportQuery>()
      .answers_raw("text/csv")
      .custom([&database](std::shared_ptr<const Call> call, Respond respond) {
        auto run = std::make_shared<ExportRun>(database, std::move(call));
        auto ready = run->prepare();
        if (ready.has_error()) return respond(ready.error());
        run->start(std::move(respond));
      });
}

} // namespace renova::api
