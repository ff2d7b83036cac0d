// The WebSockets at /api/v1/live: who may listen, and for how long.
#pragma once

#include "api/guard.hpp"
#include "http/server.hpp"
#include "messaging/live_hub.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>

namespace renova::api {

inline constexpr std::uint16_t kCloseUnauthenticated = 4401;
inline constexpr std::uint16_t kCloseTryLater = 1013; // RFC 6455 registry: try again later
inline constexpr std::size_t kLiveFrameMax = 4096;    // bytes that a listener may send at once

class LiveSockets {
 public:
  struct Timing {
    std::chrono::milliseconds first_frame{15'000}; // until the auth frame must have come
    std::chrono::milliseconds tick{1'000};         // how often deadlines are looked at
    std::chrono::milliseconds recheck{5'000};      // how often access is asked for again
  };

  // `session_token`: an access token for the session of a refresh cookie; called back with none when there is
  // no such session.
  using SessionToken =
      std::function<void(const http::Request&, std::function<void(std::optional<std::string>)>)>;
  LiveSockets(messaging::LiveHub& hub, Guard& guard, Clock& clock, SessionToken session_token, Timing timing);
  ~LiveSockets(); // closes nothing: the server does

  // The events of a socket that has just been opened.
  http::WebSocketEvents accept(std::shared_ptr<http::WebSocket> socket);

  // Asks again for everybody's access, soon: somebody's may have ended.
  void recheck_soon();

 private:
  struct Session;
  using SessionPtr = std::shared_ptr<Session>;

  void on_text(const SessionPtr& session, const std::string& text);
  void authenticate(const SessionPtr& session, const std::string& token, const std::string& tenant,
                    std::optional<std::int64_t> since);
  void admit(const SessionPtr& session, const Principal& principal, std::optional<std::int64_t> since);
  void on_close(const SessionPtr& session);
  void watch();
  void check(const SessionPtr& session, bool recheck);

  messaging::LiveHub& hub_;
  Guard& guard_;
  Clock& clock_;
  SessionToken session_token_;
  Timing timing_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool recheck_ = false;
  std::unordered_map<Session*, SessionPtr> sessions_;
  std::thread watcher_;
};

} // namespace renova::api
