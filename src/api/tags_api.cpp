#include "api/clients_api.hpp"
#include "api/lists.hpp"
#include "services/tags.hpp"

namespace renova::api {
namespace {

namespace tags = services::tags;
using storage::TagId;
using tags::Tag;

struct TagBody {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(TagBody, (), (name))

result<Unit> list_tags(const Call& call) {
  TRY(PageQuery query, call.query<PageQuery>());
  TRY(Paging page, paging(query, {"name"}, "name"));
  std::optional<storage::TagRow> after;
  if (page.after) {
    after.emplace();
    after->id = TagId(page.after->id);
    TRY(after->name_key, cursor_text(*page.after));
  }
  return Unit([page, after](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(auto rows, storage::list_tags(tx, page.descending, page.limit + 1, after));
    auto list = cut_page<Tag>(
        page, std::move(rows), [](const storage::TagWithCount& row) { return Cursor::Value(row.name_key); },
        [](const storage::TagWithCount& row) {
          return Tag{row.id, row.name, row.clients, row.created_at};
        });
    if (page.with_total) {
      TRY(list.total, storage::count_tags(tx));
    }
    return ok(list);
  });
}

result<Unit> create_tag(const Call& call) {
  TRY(TagBody body, call.body<TagBody>());
  return Unit(
      [body, actor = call.actor(), now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
        TRY(Tag made, tags::create(tx, actor, body.name, now));
        return created(made, "/api/v1/tags/" + made.id.str());
      });
}

result<Unit> get_tag(const Call& call) {
  TRY(TagId id, call.id<TagId>());
  return Unit([id](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Tag found, tags::get(tx, id));
    return ok(found);
  });
}

result<Unit> rename_tag(const Call& call) {
  TRY(TagId id, call.id<TagId>());
  TRY(TagBody body, call.body<TagBody>());
  return Unit(
      [id, body, actor = call.actor(), now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
        TRY(Tag changed, tags::rename(tx, actor, id, body.name, now));
        return ok(changed);
      });
}

result<Unit> delete_tag(const Call& call) {
  TRY(TagId id, call.id<TagId>());
  return Unit([id, actor = call.actor(), now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY_DO(tags::remove(tx, actor, id, now));
    return no_content();
  });
}

} // namespace

void add_tags_api(RouteTable& routes) {
  constexpr auto normal = RateClass::normal;
  routes.get("/api/v1/tags", Role::viewer, normal, "listTags", "Tags and how many clients carry them")
      .query<PageQuery>()
      .answers<Page<Tag>>()
      .read(list_tags);
  routes.post("/api/v1/tags", Role::operator_, normal, "createTag", "A new tag")
      .takes<TagBody>(R"({"name":"vip"})")
      .answers<Tag>(201)
      .write(create_tag);
  routes.get("/api/v1/tags/{id}", Role::viewer, normal, "getTag", "One tag").answers<Tag>().read(get_tag);
  routes.patch("/api/v1/tags/{id}", Role::operator_, normal, "renameTag", "Renames a tag on all clients")
      .takes<TagBody>()
      .answers<Tag>()
      .write(rename_tag);
  routes.del("/api/v1/tags/{id}", Role::operator_, normal, "deleteTag", "Takes a tag from all clients")
      .answers_nothing()
      .write(delete_tag);
}

} // namespace renova::api
