#include "http/compression.hpp"
#include "http/cookies.hpp"
#include "http/media_type.hpp"
#include "http/multipart.hpp"
#include "http/response_writer.hpp"

#include <brotli/decode.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace renova::http {
namespace {

using namespace std::string_literals;

TEST(MediaTypeTest, RefusesMalformedOnes) {
  for (const char* text : {"", "a", "/", "a/", "/b", "a b/c", "a/b c", "a/b;x", "a/b;=y",
                           "a/b;x=", "a/b;x=\"y", "a/b;x=\"y\"z", "a/b;x=y z", "a/b, c/d", "a/b/c;x=1 y=2"})
    EXPECT_TRUE(parse_media_type(text).has_error()) << text;
}

TEST(MediaTypeTest, ReadsParameters) {
  const auto type = parse_media_type(" Text/HTML ; Charset=\"utf-8\";  x=a\t; y=\"q\\\"\\\\z\" ;");
  ASSERT_TRUE(type.has_value());
  EXPECT_EQ(type->essence, "text/html");
  EXPECT_EQ(type->parameter("charset"), "utf-8");
  EXPECT_EQ(type->parameter("x"), "a");
  EXPECT_EQ(type->parameter("y"), "q\"\\z");
  EXPECT_EQ(type->parameter("z"), "");
}

TEST(MediaTypeTest, IsMediaType) {
  EXPECT_TRUE(is_media_type("application/json", "application/json"));
  EXPECT_TRUE(is_media_type("Application/JSON; charset=UTF-8", "application/json"));
  for (const char* text : {"", "text/json", "application/jsonx", "application/json; charset=latin1",
                           "application/json, text/plain", "application/merge-patch+json"})
    EXPECT_FALSE(is_media_type(text, "application/json")) << text;
}

TEST(MediaTypeTest, Accepts) {
  for (const char* accept : {"", "*/*", "application/*", "text/html, application/json;q=0.1",
                             "APPLICATION/JSON", "*/*;q=0, application/json", "junk,,application/json"})
    EXPECT_TRUE(accepts(accept, "application/json")) << accept;
  for (const char* accept : {"text/html", "application/json;q=0", "*/*;q=0", "application/json;q=0.0, */*",
                             "application/json;q=x", "applicationx/*"})
    EXPECT_FALSE(accepts(accept, "application/json")) << accept;
}

TEST(CompressionTest, ChoosesTheCoding) {
  const std::vector<std::pair<const char*, Coding>> cases = {{"", Coding::identity},
                                                             {"gzip", Coding::gzip},
                                                             {"br", Coding::br},
                                                             {"gzip, deflate, br", Coding::br},
                                                             {"br;q=0.5, gzip;q=0.8", Coding::gzip},
                                                             {"br;q=0, gzip;q=0", Coding::identity},
                                                             {"*", Coding::br},
                                                             {"*;q=0.3, br;q=0", Coding::gzip},
                                                             {"*;q=0", Coding::identity},
                                                             {"identity", Coding::identity},
                                                             {"GZIP;Q=1.000", Coding::gzip},
                                                             {"gzip;q=2", Coding::identity},
                                                             {"gzip;q=0.0001", Coding::identity},
                                                             {"deflate, zstd", Coding::identity},
                                                             {"xgzip", Coding::identity}};
  for (const auto& [field, coding] : cases) EXPECT_EQ(choose_coding(field), coding) << field;
}

std::string inflate_gzip(const std::string& coded) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  std::string out(1'000'000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(coded.data()));
  stream.avail_in = static_cast<uInt>(coded.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

std::string decode_brotli(const std::string& coded) {
  std::string out(1'000'000, '\0');
  std::size_t size = out.size();
  EXPECT_EQ(BrotliDecoderDecompress(coded.size(), reinterpret_cast<const std::uint8_t*>(coded.data()), &size,
                                    reinterpret_cast<std::uint8_t*>(out.data())),
            BROTLI_DECODER_RESULT_SUCCESS);
  out.resize(size);
  return out;
}

TEST(CompressionTest, ReadsBack) {
  for (const std::size_t size : {0u, 1u, 1000u, 100'000u}) {
    std::string text;
    for (std::size_t i = 0; text.size() < size; ++i) text += "{\"n\":" + std::to_string(i * i) + "},";
    EXPECT_EQ(inflate_gzip(compress(text, Coding::gzip)), text);
    EXPECT_EQ(inflate_gzip(compress(text, Coding::gzip, true)), text);
    EXPECT_EQ(decode_brotli(compress(text, Coding::br)), text);
    EXPECT_EQ(compress(text, Coding::identity), text);
  }
}

Response json(std::size_t size) {
  return {.headers = {{"Content-Type", "application/json; charset=utf-8"}}, .body = std::string(size, ' ')};
}

TEST(CompressionTest, OnlyWhereItIsAllowedAndUseful) {
  auto coded = [](Response response) {
    compress_response(response, Coding::gzip, 1024);
    return response.headers.get("Content-Encoding") == "gzip";
  };
  EXPECT_TRUE(coded(json(1024)));
  EXPECT_FALSE(coded(json(1023)));
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"Content-Type", "image/png"},
                                                        {"Content-Encoding", "br"},
                                                        {"Cache-Control", "private, No-Transform"},
                                                        {"Content-Range", "bytes 0-1/2"},
                                                        {"Content-Type", "text/event-stream"}}) {
    Response response = json(5000);
    response.headers.set(name, value);
    EXPECT_FALSE(coded(std::move(response))) << name << value;
  }
  Response partial = json(5000);
  partial.status = 206;
  EXPECT_FALSE(coded(std::move(partial)));
  Response identity = json(5000);
  identity.headers.set("Vary", "Origin");
  compress_response(identity, Coding::identity, 1024);
  EXPECT_EQ(identity.headers.get("Vary"), "Origin, Accept-Encoding") << "a cache must know that it depends";
  EXPECT_EQ(identity.body.size(), 5000u);
  Response error = json(5000);
  error.status = 422;
  EXPECT_TRUE(coded(std::move(error)));
}

TEST(CookiesTest, FindsTheFirstOfThatName) {
  const Headers headers = {{"Cookie", "a=1; renova_refresh=\"x=y\" ;; b; renova_refresh=2"},
                           {"cookie", "late=3; c="}};
  EXPECT_EQ(find_cookie(headers, "a"), "1");
  EXPECT_EQ(find_cookie(headers, "renova_refresh"), "x=y");
  EXPECT_EQ(find_cookie(headers, "late"), "3");
  EXPECT_EQ(find_cookie(headers, "c"), "");
  for (const char* name : {"b", "A", "refresh", ""}) EXPECT_FALSE(find_cookie(headers, name)) << name;
  EXPECT_FALSE(find_cookie({}, "a"));
}

TEST(CookiesTest, MakesSetCookie) {
  EXPECT_EQ(to_string(SetCookie{.name = "r",
                                .value = "abc",
                                .path = "/api/v1/auth",
                                .max_age = std::chrono::seconds(60),
                                .secure = true}),
            "r=abc; Path=/api/v1/auth; Max-Age=60; HttpOnly; Secure; SameSite=Strict");
  EXPECT_EQ(to_string(SetCookie{.name = "r",
                                .value = "",
                                .max_age = std::chrono::seconds(0),
                                .http_only = false,
                                .same_site = SetCookie::SameSite::lax}),
            "r=; Path=/; Max-Age=0; SameSite=Lax");
  EXPECT_THROW(to_string(SetCookie{.name = "a b", .value = ""}), std::logic_error);
  EXPECT_THROW(to_string(SetCookie{.name = "a", .value = "x; Domain=evil"}), std::logic_error);
  EXPECT_THROW(to_string(SetCookie{.name = "a", .value = "x\r\ny"}), std::logic_error);
  EXPECT_THROW(to_string(SetCookie{.name = "a", .value = "x", .path = "/;y"}), std::logic_error);
}

const char kForm[] = "multipart/form-data; boundary=b1";

TEST(MultipartTest, RefusesMalformedForms) {
  for (const char* type : {"", "multipart/form-data", "multipart/mixed; boundary=b1",
                           "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a\xc3\"",
                           "multipart/form-data; boundary=\"a \"", "application/json; boundary=b1"})
    EXPECT_TRUE(parse_multipart(type, "--b1--\r\n").has_error()) << type;
  EXPECT_TRUE(parse_multipart("multipart/form-data; boundary=" + std::string(71, 'b'), "").has_error());
  const std::string head = "--b1\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n";
  for (const std::string& body : std::vector<std::string>{
           "",
           "x",
           "--b1",
           "--b1\r\n",
           "--b1x\r\n\r\nx\r\n--b1--",
           head,
           head + "x",
           head + "x\n--b1--",
           head + "x\r\n--b2--",
           head + "x\r\n--b1",
           head + "x\r\n--b1\r\n",
           "--b1\r\n\r\nx\r\n--b1--",
           "--b1\r\nContent-Type: text/csv\r\n\r\nx\r\n--b1--",
           "--b1\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b1--",
           "--b1\r\nContent-Disposition: attachment; name=f\r\n\r\nx\r\n--b1--",
           "--b1\r\nContent-Disposition: form-data; name=\"f\r\n\r\nx\r\n--b1--",
           "--b1\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\nx\r\n--b1--",
           "--b1\r\nContent-Disposition: form-data; name=\"a\0b\"\r\n\r\nx\r\n--b1--"s,
           "--b1\r\nno colon\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nx\r\n--b1--",
           "--b1\r\nContent-Disposition: form-data; name=\"f\"\nX: y\r\n\r\nx\r\n--b1--",
           "--b1\r\nX: " + std::string(kFormPartHeadMax, 'x') +
               "\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nx\r\n--b1--",
           "--b1\r\nContent-Disposition: form-data; name=\"f\"\r\nContent-Disposition: form-data; "
           "name=\"g\"\r\n\r\nx\r\n--b1--"})
    EXPECT_TRUE(parse_multipart(kForm, body).has_error()) << body;
  std::string many;
  for (std::size_t i = 0; i <= kFormPartsMax; ++i) many += head + "x\r\n";
  EXPECT_TRUE(parse_multipart(kForm, many + "--b1--").has_error());
}

TEST(MultipartTest, ReadsParts) {
  const std::string content = "nome;telefone\r\n--b\r\n--b is inside \r\n-\0\xff"s;
  const std::string body =
      "preamble\r\n--b1 \t\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22;b c.csv\"\r\n"
      "Content-Type: text/csv\r\n\r\n" +
      content + "\r\n--b1\r\ncontent-disposition: Form-Data; name=note\r\n\r\n\r\n--b1--\r\nepilogue";
  const auto parts = parse_multipart(kForm, body);
  ASSERT_TRUE(parts.has_value()) << parts.error().detail;
  ASSERT_EQ(parts->size(), 2u);
  const FormPart* file = find_part(*parts, "file");
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->filename, "a\";b c.csv");
  EXPECT_EQ(file->content_type, "text/csv");
  EXPECT_EQ(file->content, content);
  const FormPart* note = find_part(*parts, "note");
  ASSERT_NE(note, nullptr);
  EXPECT_FALSE(note->filename);
  EXPECT_EQ(note->content_type, "text/plain");
  EXPECT_EQ(note->content, "");
  EXPECT_EQ(find_part(*parts, "other"), nullptr);
  EXPECT_TRUE(parse_multipart(kForm, "--b1--")->empty());
}

TEST(ResponseWriterTest, LeavesOutWhatCouldSplitTheAnswer) {
  Response response;
  response.headers.add("X-Good", "a");
  response.headers.add("X-Bad", "a\r\nSet-Cookie: evil=1");
  response.headers.add("X-Bad\r\nY", "a");
  response.headers.add("Content-Length", "999");
  response.headers.add("transfer-encoding", "chunked");
  std::string out;
  write_head(out, response, Framing::sized, 5, "", "now");
  EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nDate: now\r\nX-Good: a\r\nContent-Length: 5\r\n\r\n");
}

TEST(ResponseWriterTest, Dates) {
  EXPECT_EQ(http_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(HeadersTest, SetReplacesAndRemoveRemovesAll) {
  Headers headers = {{"A", "1"}, {"B", "2"}, {"a", "3"}};
  EXPECT_EQ(headers.get("a"), "1");
  headers.set("a", "4");
  EXPECT_EQ(headers.get("A"), "4");
  EXPECT_EQ(headers.lines().size(), 2u);
  headers.remove("b");
  EXPECT_FALSE(headers.has("B"));
  headers.set("C", "5");
  EXPECT_EQ(headers.get("c"), "5");
}

} // namespace
} // namespace renova::http
