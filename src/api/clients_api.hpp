// Clients over HTTP (API.md, "Clients, plans, renewals").
#pragma once

#include "api/route.hpp"
#include "storage/database.hpp"

namespace renova::api {

void add_clients_api(
    RouteTable& routes); // clients_api.cpp: list, create, read, edit, archive, erase, opt-out
void add_client_notes_api(RouteTable& routes);  // client_notes_api.cpp: notes and timeline
void add_subscriptions_api(RouteTable& routes); // subscriptions_api.cpp: subscriptions, payment status
void add_renewals_api(RouteTable& routes);      // renewals_api.cpp: renew, undo, history
void add_plans_api(RouteTable& routes);         // plans_api.cpp
void add_tags_api(RouteTable& routes);          // tags_api.cpp
// These two work in several transactions, and so need the database itself.
void add_bulk_api(RouteTable& routes, storage::Database& database);   // bulk_api.cpp
void add_export_api(RouteTable& routes, storage::Database& database); // export_api.cpp

// All of them, for the composition root.
void add_client_routes(RouteTable& routes, storage::Database& database);

} // namespace renova::api
