#include "storage/client_list_store.hpp"

#include "base/text.hpp"
#include "storage/sql/client_list.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <unordered_map>

namespace renova::storage {
namespace {

using Walk = sql::ClientsWalk;
using Pick = sql::ClientsPick;
using Probe = sql::ClientsProbe;
using Count = sql::ClientsCount;

// Entries of an index that a bounded walk reads (0.1–0.2 µs each): at first, and once more before a whole
// walk.
constexpr std::int64_t kFirstWalk = 4'000;
constexpr std::int64_t kSecondWalk = 25'000;
constexpr std::int64_t kWholeWalk = INT64_MAX;
// The most candidates that are worth fetching and sorting (about 2 µs each) instead of the second walk, and
// instead of a whole one.
constexpr std::int64_t kFewCandidates = 2'000;
constexpr std::int64_t kManyCandidates = 10'000;
constexpr std::int64_t kFacetsCompared = 5'000;
// The trigram index needs three characters; shorter searches match beginnings of names.
constexpr std::size_t kTrigram = 3;
constexpr std::size_t kSearchMax = 100; // characters of a search that count

// What was typed, in the forms that the statements want.
struct Search {
  std::string text;    // folded; of what looks like a phone number the digits alone
  std::string match;   // FTS5
  std::string pattern; // LIKE
  std::string prefix_from, prefix_to;
  bool is_prefix = false;
  bool is_text = false;
};

bool looks_like_phone(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || std::string_view("+-(). ").find(c) != std::string_view::npos;
  });
}

std::string like_pattern(std::string_view text) {
  std::string out = "%";
  for (char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + "%";
}

std::string fts_phrase(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

Search read_search(std::string_view typed) {
  Search search;
  search.text = fold(prefix(typed, kSearchMax));
  if (search.text.empty()) return search;
  if (looks_like_phone(search.text)) {
    std::string digits = digits_of(search.text);
    if (digits.size() >= kTrigram) search.text = std::move(digits);
  }
  if (count_code_points(search.text) < kTrigram) {
    search.is_prefix = true;
    search.prefix_from = search.text;
    search.prefix_to = search.text + "\xf4\x8f\xbf\xbf"; // U+10FFFF
    return search;
  }
  search.is_text = true;
  search.match = fts_phrase(search.text);
  search.pattern = like_pattern(search.text);
  return search;
}

// One question to one list state (active or archived), with all parameters that any of its statements may
// use.
class Question {
 public:
  Question(TenantTransaction& tx, const ClientFilter& filter, const Search& search, int list_state)
      : tx_(tx), filter_(filter), search_(search), list_state_(list_state) {
    if (filter.tag) facets_.push_back("#" + fold(*filter.tag));
    if (filter.plan_type) facets_.push_back(*filter.plan_type);
    facets_.resize(std::max<std::size_t>(facets_.size(), 1));
    facets_.resize(2);
    facet_count_ = (filter.tag ? 1 : 0) + (filter.plan_type ? 1 : 0);
  }

  result<std::vector<ClientListItem>> page(const ClientListQuery& query);
  result<std::int64_t> count();

 private:
  using Items = std::vector<ClientListItem>;

  result<Items> run(const TenantStatement& statement, const ClientListQuery& query, std::int64_t walk);
  result<Items> walk(const ClientListQuery& query, std::int64_t entries);
  result<Items> pick(const ClientListQuery& query, Pick::By by);
  result<std::optional<Items>> pick_if_few(const ClientListQuery& query, std::int64_t at_most);
  result<bool> few(Probe::By by, std::int64_t at_most);
  result<void> narrowest_facet_first();

  TenantTransaction& tx_;
  const ClientFilter& filter_;
  const Search& search_;
  int list_state_;
  std::vector<std::string> facets_;
  int facet_count_ = 0;
};

result<Question::Items> Question::run(const TenantStatement& statement, const ClientListQuery& query,
                                      std::int64_t walk) {
  const ClientListQuery::After after = query.after.value_or(ClientListQuery::After{});
  const auto* number = std::get_if<std::int64_t>(&after.key);
  const auto* text = std::get_if<std::string>(&after.key);
  const bool by_name = query.sort == ClientSort::name;
  Items items;
  std::unordered_map<ClientId, std::size_t> places; // an engine may join in any order
  const auto on_row = [&](const Row& row) {
    ClientWithSubscriptions next;
    read_client_row(row, 1, next);
    const auto [place, is_new] = places.emplace(next.client.id, items.size());
    if (is_new) {
      items.push_back(
          {by_name ? SortKey(std::string(row.text(0))) : SortKey(row.integer(0)), std::move(next)});
    } else {
      std::vector<SubscriptionRow>& known = items[place->second].entry.subscriptions;
      std::move(next.subscriptions.begin(), next.subscriptions.end(), std::back_inserter(known));
    }
  };
  TRY_DO(tx_.run(statement,
                 {{"list_state", list_state_},
                  {"limit", query.limit},
                  {"walk", walk},
                  {"after_text", text ? *text : std::string()},
                  {"after_number", number ? *number : 0},
                  {"after_id", after.id},
                  {"facet", facets_[0]},
                  {"also_facet", facets_[1]},
                  {"due_from", filter_.due.first},
                  {"due_to", filter_.due.last},
                  {"late_from", filter_.late.first},
                  {"late_to", filter_.late.last},
                  {"collect_from", filter_.collect.first},
                  {"collect_to", filter_.collect.last},
                  {"from_0", filter_.by_class[0].first},
                  {"to_0", filter_.by_class[0].last},
                  {"from_1", filter_.by_class[1].first},
                  {"to_1", filter_.by_class[1].last},
                  {"from_2", filter_.by_class[2].first},
                  {"to_2", filter_.by_class[2].last},
                  {"prefix_from", search_.prefix_from},
                  {"prefix_to", search_.prefix_to},
                  {"text", search_.text},
                  {"match", search_.match},
                  {"pattern", search_.pattern},
                  {"cap", kWholeWalk}},
                 on_row));
  return items;
}

result<Question::Items> Question::walk(const ClientListQuery& query, std::int64_t entries) {
  FamilyFilters filters;
  if (query.after) filters |= Walk::after;
  if (filter_.by_days) filters |= Walk::dates;
  if (facet_count_ == 2) filters |= Walk::also;
  if (search_.is_prefix) filters |= Walk::prefix;
  if (search_.is_text) filters |= Walk::text;
  const auto source = facet_count_ > 0 ? Walk::Source::facet : Walk::Source::all;
  const auto dir = query.descending ? Walk::Dir::desc : Walk::Dir::asc;
  return run(sql::clients_walk.pick(source, static_cast<Walk::Sort>(query.sort), dir, filters), query,
             entries);
}

result<Question::Items> Question::pick(const ClientListQuery& query, Pick::By by) {
  FamilyFilters filters;
  if (query.after) filters |= Pick::after;
  if (filter_.by_days) filters |= Pick::dates;
  if (facet_count_ >= 1) filters |= Pick::facet;
  if (facet_count_ == 2) filters |= Pick::also;
  if (search_.is_prefix && by != Pick::By::prefix) filters |= Pick::prefix;
  if (search_.is_text && by != Pick::By::text) filters |= Pick::text;
  const auto dir = query.descending ? Pick::Dir::desc : Pick::Dir::asc;
  return run(sql::clients_pick.pick(by, static_cast<Pick::Sort>(query.sort), dir, filters), query, 0);
}

result<bool> Question::few(Probe::By by, std::int64_t at_most) {
  std::int64_t candidates = 0;
  const std::int64_t cap = at_most + 1;
  TRY_DO(tx_.run(sql::clients_probe.pick(by),
                 {{"list_state", list_state_},
                  {"cap", cap},
                  {"from_0", filter_.by_class[0].first},
                  {"to_0", filter_.by_class[0].last},
                  {"from_1", filter_.by_class[1].first},
                  {"to_1", filter_.by_class[1].last},
                  {"from_2", filter_.by_class[2].first},
                  {"to_2", filter_.by_class[2].last},
                  {"prefix_from", search_.prefix_from},
                  {"prefix_to", search_.prefix_to},
                  {"match", search_.match},
                  {"pattern", search_.pattern}},
                 [&](const Row& row) { candidates = row.integer(0); }));
  return candidates <= at_most;
}

// With a tag and a plan type, the walk goes along the rarer one.
result<void> Question::narrowest_facet_first() {
  if (facet_count_ < 2) return {};
  std::int64_t counts[2] = {0, 0};
  for (int i = 0; i < 2; ++i) {
    TRY_DO(tx_.run(sql::facet_probe,
                   {{"facet", facets_[static_cast<std::size_t>(i)]},
                    {"list_state", list_state_},
                    {"cap", kFacetsCompared}},
                   [&](const Row& row) { counts[i] = row.integer(0); }));
  }
  if (counts[1] < counts[0]) std::swap(facets_[0], facets_[1]);
  return {};
}

// Picks the page if one of the filters has at most `at_most` candidates.
result<std::optional<Question::Items>> Question::pick_if_few(const ClientListQuery& query,
                                                             std::int64_t at_most) {
  const std::pair<bool, Pick::By> sources[] = {{search_.is_text, Pick::By::text},
                                               {search_.is_prefix, Pick::By::prefix},
                                               {filter_.by_days, Pick::By::due}};
  for (const auto& [applies, by] : sources) {
    if (!applies) continue;
    TRY(bool picks, few(static_cast<Probe::By>(by), at_most));
    if (!picks) continue;
    TRY(Items items, pick(query, by));
    return std::optional(std::move(items));
  }
  return std::optional<Items>();
}

result<Question::Items> Question::page(const ClientListQuery& query) {
  const bool filtered = filter_.by_days || search_.is_prefix || search_.is_text || facet_count_ == 2;
  if (!filtered) return walk(query, kWholeWalk);
  TRY_DO(narrowest_facet_first());
  const std::pair<std::int64_t, std::int64_t> stages[] = {{kFirstWalk, kFewCandidates},
                                                          {kSecondWalk, kManyCandidates}};
  for (const auto& [entries, candidates] : stages) {
    TRY(Items items, walk(query, entries));
    if (static_cast<int>(items.size()) == query.limit) return items;
    TRY(auto picked, pick_if_few(query, candidates));
    if (picked) return std::move(*picked);
  }
  return walk(query, kWholeWalk);
}

result<std::int64_t> Question::count() {
  TRY_DO(narrowest_facet_first());
  FamilyFilters filters;
  if (filter_.by_days) filters |= Count::dates;
  if (facet_count_ == 2) filters |= Count::also;
  if (search_.is_prefix) filters |= Count::prefix;
  auto source = facet_count_ > 0 ? Count::Source::facet : Count::Source::all;
  if (search_.is_text) {
    source = Count::Source::text;
    if (facet_count_ > 0) filters |= Count::facet;
  }
  std::int64_t clients = 0;
  TRY_DO(tx_.run(sql::clients_count.pick(source, filters),
                 {{"list_state", list_state_},
                  {"facet", facets_[0]},
                  {"also_facet", facets_[1]},
                  {"due_from", filter_.due.first},
                  {"due_to", filter_.due.last},
                  {"late_from", filter_.late.first},
                  {"late_to", filter_.late.last},
                  {"collect_from", filter_.collect.first},
                  {"collect_to", filter_.collect.last},
                  {"prefix_from", search_.prefix_from},
                  {"prefix_to", search_.prefix_to},
                  {"match", search_.match},
                  {"pattern", search_.pattern},
                  {"cap", kWholeWalk}},
                 [&](const Row& row) { clients = row.integer(0); }));
  return clients;
}

std::vector<int> list_states(ClientFilter::Which which) {
  if (which == ClientFilter::Which::active) return {0};
  if (which == ClientFilter::Which::archived) return {1};
  return {0, 1};
}

void sort_items(std::vector<ClientListItem>& items, bool descending) {
  const auto place = [](const ClientListItem& item) { return std::tie(item.key, item.entry.client.id); };
  std::sort(items.begin(), items.end(), [&](const ClientListItem& a, const ClientListItem& b) {
    return descending ? place(b) < place(a) : place(a) < place(b);
  });
}

} // namespace

result<std::vector<ClientListItem>> list_clients(TenantTransaction& tx, const ClientListQuery& query) {
  const Search search = read_search(query.filter.search);
  std::vector<ClientListItem> items;
  for (int list_state : list_states(query.filter.which)) {
    Question question(tx, query.filter, search, list_state);
    TRY(auto some, question.page(query));
    std::move(some.begin(), some.end(), std::back_inserter(items));
  }
  sort_items(items, query.descending);
  if (items.size() > static_cast<std::size_t>(query.limit)) {
    items.erase(items.begin() + query.limit, items.end());
  }
  return items;
}

result<std::int64_t> count_clients(TenantTransaction& tx, const ClientFilter& filter) {
  const Search search = read_search(filter.search);
  std::int64_t total = 0;
  for (int list_state : list_states(filter.which)) {
    Question question(tx, filter, search, list_state);
    TRY(auto clients, question.count());
    total += clients;
  }
  return total;
}

} // namespace renova::storage
