#include "http/static_files.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace renova::http {
namespace {

Request get(std::string path, Headers headers = {}, std::string method = "GET") {
  Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.headers = std::move(headers);
  return request;
}

std::string body_of(const Response& r) { return r.shared_body ? *r.shared_body : r.body; }

StaticFiles sample() {
  StaticFiles files;
  files.add("/index.html", "<p>hello</p>");
  files.add("/assets/index-Di3rgTd4.js", std::string(5000, 'a'));
  files.add("/digits.txt", "0123456789");
  files.add("/logo.png", std::string(5000, '\x01'));
  return files;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "renova-files-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  void write(const std::string& name, const std::string& content) {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(StaticFilesTest, HasNothingForOtherPathsAndMethods) {
  const StaticFiles files = sample();
  EXPECT_FALSE(files.serve(get("/nothing")));
  EXPECT_FALSE(files.serve(get("/assets")));
  EXPECT_FALSE(files.serve(get("/digits.txt", {}, "POST")));
}

TEST(StaticFilesTest, ServesWithTypeTagAndCaching) {
  const StaticFiles files = sample();
  const auto page = files.serve(get("/"));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(body_of(*page), "<p>hello</p>");
  EXPECT_EQ(page->headers.get("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(page->headers.get("Cache-Control"), "no-cache");
  EXPECT_EQ(page->headers.get("ETag"), files.serve(get("/index.html"))->headers.get("ETag"));
  const auto script = files.serve(get("/assets/index-Di3rgTd4.js"));
  EXPECT_EQ(script->headers.get("Cache-Control"), "public, max-age=31536000, immutable");
}

TEST(StaticFilesTest, KnowsHashedNames) {
  for (const char* name :
       {"/assets/index-Di3rgTd4.js", "/a/b-c-D_aaaaaa.css", "/x-12345678.woff2", "/x-a-bc_D12.js"})
    EXPECT_TRUE(has_hashed_name(name)) << name;
  for (const char* name : {"/index.html", "/swagger-ui-bundle.js", "/my-somename.js", "/-12345678",
                           "/manifest-1.json", "/a-12345678/index.html", "/12345678.js"})
    EXPECT_FALSE(has_hashed_name(name)) << name;
}

TEST(StaticFilesTest, ConditionalRequests) {
  const StaticFiles files = sample();
  const std::string etag(files.serve(get("/digits.txt"))->headers.get("ETag"));
  ASSERT_TRUE(etag.starts_with('"') && etag.ends_with('"'));
  for (const std::string& field : {etag, "W/" + etag, "\"x\", " + etag, std::string("*")}) {
    const auto response = files.serve(get("/digits.txt", {{"If-None-Match", field}}));
    EXPECT_EQ(response->status, 304) << field;
    EXPECT_EQ(body_of(*response), "");
    EXPECT_EQ(response->headers.get("ETag"), etag);
  }
  for (const std::string& field : {std::string("\"x\""), etag.substr(1), std::string("")})
    EXPECT_EQ(files.serve(get("/digits.txt", {{"If-None-Match", field}}))->status, 200) << field;
}

TEST(StaticFilesTest, RangesOfBytes) {
  const StaticFiles files = sample();
  struct Case {
    const char* range;
    int status;
    const char* body;
    const char* content_range;
  };
  for (const Case& c : std::vector<Case>{{"bytes=0-0", 206, "0", "bytes 0-0/10"},
                                         {"bytes=2-4", 206, "234", "bytes 2-4/10"},
                                         {"bytes=7-", 206, "789", "bytes 7-9/10"},
                                         {"bytes=-3", 206, "789", "bytes 7-9/10"},
                                         {"bytes=-99", 206, "0123456789", "bytes 0-9/10"},
                                         {"bytes=5-99", 206, "56789", "bytes 5-9/10"},
                                         {"bytes=10-", 416, "", "bytes */10"},
                                         {"bytes=99-100", 416, "", "bytes */10"},
                                         {"bytes=-0", 416, "", "bytes */10"},
                                         {"bytes=4-2", 200, "0123456789", ""},
                                         {"bytes=0-1,3-4", 200, "0123456789", ""},
                                         {"bytes=", 200, "0123456789", ""},
                                         {"bytes=-", 200, "0123456789", ""},
                                         {"bytes=a-b", 200, "0123456789", ""},
                                         {"bytes=99999999999999999999-", 200, "0123456789", ""},
                                         {"lines=1-2", 200, "0123456789", ""}}) {
    const auto response = files.serve(get("/digits.txt", {{"Range", c.range}}));
    EXPECT_EQ(response->status, c.status) << c.range;
    EXPECT_EQ(body_of(*response), c.body) << c.range;
    EXPECT_EQ(response->headers.get("Content-Range"), c.content_range) << c.range;
  }
  const std::string etag(files.serve(get("/digits.txt"))->headers.get("ETag"));
  auto conditional = [&](const std::string& field) {
    return files.serve(get("/digits.txt", {{"Range", "bytes=0-0"}, {"If-Range", field}}))->status;
  };
  EXPECT_EQ(conditional(etag), 206);
  EXPECT_EQ(conditional("\"other\""), 200);
  EXPECT_EQ(conditional("W/" + etag), 200);
  EXPECT_EQ(conditional("Sun, 06 Nov 1994 08:49:37 GMT"), 200);
  EXPECT_EQ(files.serve(get("/digits.txt", {{"Range", "bytes=0-0"}}, "HEAD"))->status, 200);
}

TEST(StaticFilesTest, CodedFormsHaveTagsOfTheirOwn) {
  const StaticFiles files = sample();
  const std::string path = "/assets/index-Di3rgTd4.js";
  const auto plain = files.serve(get(path));
  const auto br = files.serve(get(path, {{"Accept-Encoding", "gzip, br"}}));
  const auto gzip = files.serve(get(path, {{"Accept-Encoding", "gzip, br;q=0.5"}}));
  EXPECT_EQ(plain->headers.get("Content-Encoding"), "");
  EXPECT_EQ(br->headers.get("Content-Encoding"), "br");
  EXPECT_EQ(gzip->headers.get("Content-Encoding"), "gzip");
  EXPECT_LT(body_of(*br).size(), 200u);
  for (const auto* response : {&plain, &br, &gzip})
    EXPECT_EQ((*response)->headers.get("Vary"), "Accept-Encoding");
  EXPECT_NE(plain->headers.get("ETag"), br->headers.get("ETag"));
  EXPECT_NE(gzip->headers.get("ETag"), br->headers.get("ETag"));
  EXPECT_EQ(files
                .serve(get(path, {{"Accept-Encoding", "br"},
                                  {"If-None-Match", std::string(br->headers.get("ETag"))}}))
                ->status,
            304);
  EXPECT_EQ(files.serve(get(path, {{"Accept-Encoding", "br"}, {"Range", "bytes=0-1"}}))
                ->headers.get("Content-Encoding"),
            "");
  EXPECT_FALSE(files.serve(get("/logo.png", {{"Accept-Encoding", "br"}}))->headers.has("Vary"));
}

TEST(StaticFilesTest, ServesTheCodedFormThatWasAdded) {
  StaticFiles files = sample();
  files.add_coded("/assets/index-Di3rgTd4.js", Coding::br, "ready");
  EXPECT_EQ(body_of(*files.serve(get("/assets/index-Di3rgTd4.js", {{"Accept-Encoding", "br"}}))), "ready");
}

TEST(StaticFilesTest, LoadsAFolderWithinLimits) {
  TemporaryFolder folder;
  folder.write("index.html", "home");
  folder.write("a/b.css", "body{}");
  folder.write("empty.txt", "");
  folder.write(".hidden", "secret");
  folder.write(".git/config", "secret");
  std::filesystem::create_symlink("/etc/passwd", folder.path() / "link.txt");
  StaticFiles files;
  const auto count = files.load(folder.path(), "/app/");
  ASSERT_TRUE(count.has_value());
  EXPECT_EQ(*count, 3u);
  EXPECT_EQ(files.content("/app/"), "home");
  EXPECT_EQ(files.content("/app/a/b.css"), "body{}");
  EXPECT_FALSE(files.serve(get("/app/.hidden")));
  EXPECT_FALSE(files.serve(get("/app/link.txt")));
  EXPECT_EQ(files.serve(get("/app/empty.txt"))->status, 200);

  StaticFiles none;
  EXPECT_TRUE(none.load(folder.path() / "missing", "/").has_error());
  EXPECT_TRUE(none.load(folder.path(), "/", {.files_max = 2}).has_error());
  EXPECT_TRUE(none.load(folder.path(), "/", {.file_max = 5}).has_error());
  EXPECT_TRUE(none.load(folder.path(), "/", {.total_max = 9}).has_error());
  EXPECT_EQ(none.size(), 0u);
}

} // namespace
} // namespace renova::http
