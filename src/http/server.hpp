// The listener and its sessions. Protocol only: no route, no JSON, no identity.
#pragma once

#include "http/message.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace renova::http {

// One open WebSocket. Thread-safe; keeps the connection's state alive, not the connection.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  // Queues a text frame. When more than the server's bound is waiting, the socket is closed (1013) instead.
  virtual void send(std::shared_ptr<const std::string> text) = 0;
  virtual void close(std::uint16_t code, std::string reason) = 0;
  virtual const Request& request() const = 0; // the upgrade request
};

struct WebSocketEvents {
  std::function<void(std::string)> on_text;
  std::function<void()> on_close; // once, always
};

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080; // 0: any free one
  int threads = 0;           // 0: one per core

  std::size_t line_max = 8 * 1024;    // request line → 414
  std::size_t header_max = 32 * 1024; // all header lines together → 431
  std::size_t header_count_max = 100; // → 431
  std::chrono::milliseconds header_deadline = std::chrono::seconds(10);
  // In each time of this length the body must grow by body_min_rate times its seconds.
  std::chrono::milliseconds body_deadline = std::chrono::seconds(30);
  std::size_t body_min_rate = 1024; // bytes a second
  std::chrono::milliseconds idle_deadline = std::chrono::seconds(60);
  std::chrono::milliseconds write_deadline = std::chrono::seconds(30);
  int connections_max = 20'000;
  int pipelined_max = 32;
  std::size_t websocket_frame_max = 64 * 1024;
  int websocket_queue_max = 256; // frames
  // A silent peer is pinged after half of this, and given up after all of it.
  std::chrono::milliseconds websocket_idle = std::chrono::seconds(60);
  // How long the end of a WebSocket may take: its close frames and the peer's closing of its side.
  std::chrono::milliseconds websocket_close_deadline = std::chrono::seconds(2);
  std::size_t compress_min = 1024; // bytes; smaller bodies are sent as they are

  // The body limit in bytes for one request, asked when its head is complete (body still empty). Over it →
  // 413.
  std::function<std::size_t(const Request& head)> body_max;
  // Answers a request. Called on the session's thread; must not block.
  std::function<void(Request, Responder)> handle;
  // Accepts or refuses an upgrade: none → the request goes to `handle` as an ordinary one.
  std::function<std::optional<WebSocketEvents>(std::shared_ptr<WebSocket>)> upgrade;
  // Makes the body of answers that the protocol itself gives (400, 408, 413, 414, 417,
  // 426, 431, 500, 501, 503, 505). `detail` is English, without any byte of the request.
  std::function<Response(int status, std::string_view detail)> protocol_error;
};

class Server {
 public:
  // Binds and starts the threads. Error: unavailable (address in use, no permission).
  static result<std::unique_ptr<Server>> start(ServerOptions options);
  virtual ~Server() = default;
  virtual std::uint16_t port() const = 0;
  // Stops accepting, lets requests under way finish (answers say Connection: close, WebSockets get 1012), and
  // returns when all is closed or `grace` is over, whatever comes first.
  virtual void drain(std::chrono::milliseconds grace) = 0;

  struct Figures {
    std::int64_t connections = 0;
    std::int64_t websockets = 0;
  };
  virtual Figures figures() const = 0;
};

} // namespace renova::http
