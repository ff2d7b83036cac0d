// An invented business to look at: clients around today's date, plans, texts, rules, and a simulated channel
// that acknowledges, delivers and reads, so that messages are seen flowing within seconds at any hour of any
// day.
#pragma once

#include "base/crypto.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "storage/database.hpp"

#include <string_view>

namespace renova::services::demo {

inline constexpr std::string_view kBusiness = "Loja Fictícia (demonstração)";
inline constexpr int kClients = 500;
inline constexpr int kMessagesAtOnce = 40; // wait in the queue from the beginning
inline constexpr int kMessagesLater = 120; // one every half minute after that

struct Outcome {
  TenantId tenant;
  bool created = false; // false: it was there already, and nothing was added
  int clients = 0;
  int messages = 0;
};

// Creates the business named kBusiness with everything, unless a tenant of that name exists. Names, numbers
// and notes are invented: every phone is of the form +55 <area> 90000-xxxx, a block that no operator has. Its
// sending windows are open all week. Runs as one transaction; takes about a second. Errors: those of the
// database.
result<Outcome> create(storage::Transaction& tx, const SecretBox& secrets, Instant now);

} // namespace renova::services::demo
