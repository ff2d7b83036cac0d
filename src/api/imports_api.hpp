// /api/v1/imports: lists of clients in, previewed, committed, undone.
#pragma once

#include "api/import_worker.hpp"
#include "base/clock.hpp"
#include "storage/database.hpp"

namespace renova::api {

class RouteTable;

class ImportsApi {
 public:
  // A commit or undo that takes longer than this answers 202 with the import as it is then, and goes on.
  static constexpr std::chrono::seconds kPatience{10};

  // Both outlive this object.
  ImportsApi(storage::Database& database, Clock& clock) : database_(database), clock_(clock) {}

  // The routes refer to this object, which must outlive their use.
  void add_routes(RouteTable& routes);

  // Ends what is under way (it can be resumed by repeating the call). Call it when the server has stopped
  // taking requests and before the application goes; the destructor does it too.
  void stop() { worker_.stop(); }

 private:
  storage::Database& database_;
  Clock& clock_;
  ImportWorker worker_;
};

} // namespace renova::api
