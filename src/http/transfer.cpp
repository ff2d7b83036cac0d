#include "http/transfer.hpp"

#include "http/address.hpp"
#include "http/syntax.hpp"

#include <sys/socket.h>

namespace renova::http {

namespace {

using Clock = std::chrono::steady_clock;
using Kind = OutgoingFailure::Kind;

constexpr std::size_t kResponseHeadMax = 64 * 1024; // bytes of header lines of one answer
constexpr long kIdleConnectionMax = 60;             // seconds; older ones are closed instead of used again

// Called for each new connection with the address that was really resolved, so neither a host name, an odd
// notation (decimal, octal) nor a second look-up gets around the filter.
curl_socket_t on_open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.handed_over) {
    transfer.replay_refused = true;
    return CURL_SOCKET_BAD;
  }
  if (!transfer.private_allowed && !is_public_address(address->addr)) {
    transfer.refused = true;
    return CURL_SOCKET_BAD;
  }
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd < 0) return CURL_SOCKET_BAD;
  transfer.opened = true;
  return fd;
}

// Called when the connection stands (TLS included), right before the request is written. libcurl sends a
// request a second time when a kept connection dies before the answer begins; for us that would be a message
// sent twice.
int on_before_request(void* user, char*, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.handed_over) {
    transfer.replay_refused = true;
    return CURL_PREREQFUNC_ABORT;
  }
  transfer.handed_over = true;
  return CURL_PREREQFUNC_OK;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.head_bytes += size;
  if (transfer.head_bytes > kResponseHeadMax) {
    transfer.too_large = true;
    return 0;
  }
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) { // an interim answer (1xx) was before it
    transfer.response.headers = {};
    transfer.head_complete = false;
    return size;
  }
  if (line == "\r\n" || line == "\n") transfer.head_complete = true;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string_view value = line.substr(colon + 1);
  while (value.ends_with('\r') || value.ends_with('\n')) value.remove_suffix(1);
  transfer.response.headers.add(std::string(line.substr(0, colon)), std::string(syntax::trim_ows(value)));
  return size;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.response.body.size() + size > transfer.request.response_max) {
    transfer.too_large = true;
    return 0;
  }
  transfer.response.body.append(data, size);
  return size;
}

// Sets all that depends on method, body and headers: the handle has served another request before.
void configure_request(Transfer& transfer) {
  CURL* handle = transfer.handle;
  const OutgoingRequest& request = transfer.request;
  curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L); // undoes NOBODY and POST
  if (request.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else if (request.method == "POST" || !request.body.empty()) {
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data()); // not copied; lives in the transfer
  }
  const bool by_itself = request.method == "HEAD" || request.method == "GET" || request.method == "POST";
  curl_easy_setopt(
      handle, CURLOPT_CUSTOMREQUEST,
      by_itself && (request.method != "GET" || request.body.empty()) ? nullptr : request.method.c_str());
  auto add = [&](const std::string& line) {
    transfer.headers = curl_slist_append(transfer.headers, line.c_str());
  };
  add("Expect:"); // no 100-continue
  if (!request.headers.has("Content-Type")) add("Content-Type:");
  // "Name;" is libcurl's way to write a field without a value.
  for (const Header& line : request.headers.lines())
    add(line.value.empty() ? line.name + ";" : line.name + ": " + line.value);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, transfer.headers);
}

} // namespace

bool prepare(Transfer& transfer) {
  const OutgoingRequest& request = transfer.request;
  if (!syntax::is_token(request.method)) return false;
  for (const Header& line : request.headers.lines())
    if (!syntax::is_token(line.name) || !syntax::all_of(line.value, syntax::kFieldValue)) return false;
  // libcurl would skip a third slash, as browsers do.
  if (request.url.find(":///") != std::string::npos) return false;
  transfer.url.reset(curl_url());
  CURLU* url = transfer.url.get();
  if (curl_url_set(url, CURLUPART_URL, request.url.c_str(), 0) != CURLUE_OK) return false;
  if (request.url.size() != std::string_view(request.url.c_str()).size()) return false; // a NUL inside
  auto part = [&](CURLUPart which, unsigned flags) {
    char* text = nullptr;
    std::string copy;
    if (curl_url_get(url, which, &text, flags) == CURLUE_OK) copy = text;
    curl_free(text);
    return copy;
  };
  const std::string scheme = part(CURLUPART_SCHEME, 0);
  if (scheme != "http" && scheme != "https") return false;
  if (!part(CURLUPART_USER, 0).empty() || !part(CURLUPART_PASSWORD, 0).empty()) return false;
  transfer.host = scheme + "://" + part(CURLUPART_HOST, 0) + ":" + part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  return true;
}

void configure_handle(CURL* handle, const OutgoingClient::Options& options) {
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_PROXY, ""); // no proxy from the environment
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 1L);
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L); // do not wait for a hanging look-up when stopping
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, kIdleConnectionMax);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, options.ca_file.c_str());
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, on_before_request);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
}

void configure(Transfer& transfer) {
  CURL* handle = transfer.handle;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(transfer.deadline - Clock::now());
  const auto connect = std::min(transfer.request.connect_timeout, left);
  curl_easy_setopt(handle, CURLOPT_PRIVATE, &transfer);
  curl_easy_setopt(handle, CURLOPT_CURLU, transfer.url.get());
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, std::max<long>(1, static_cast<long>(left.count())));
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, std::max<long>(1, static_cast<long>(connect.count())));
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, transfer.detail);
  configure_request(transfer);
}

// Whether a byte of the request may have left. Over plain HTTP libcurl's count of written bytes is exact;
// over TLS a record may have left although its write failed, so the beginning of the write counts.
void release(CURL* handle) {
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, nullptr);
  curl_easy_setopt(handle, CURLOPT_CURLU, nullptr);
}

bool was_sent(const Transfer& transfer) {
  if (!transfer.handed_over) return false;
  if (transfer.host.starts_with("https:")) return true;
  long bytes = 0;
  curl_easy_getinfo(transfer.handle, CURLINFO_REQUEST_SIZE, &bytes);
  return bytes > 0;
}

Kind kind_of(CURLcode code, const Transfer& transfer) {
  if (transfer.too_large) return Kind::too_large;
  if (transfer.replay_refused) return Kind::broken;
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return Kind::timeout;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Kind::resolve;
    case CURLE_COULDNT_CONNECT:
      return transfer.refused && !transfer.opened ? Kind::refused_address : Kind::connect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_INITFAILED:
      return Kind::tls;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: // also: an answer that is no HTTP
      return transfer.handed_over ? Kind::broken : Kind::bad_url;
    default:
      return transfer.handed_over ? Kind::broken : Kind::connect;
  }
}

} // namespace renova::http
