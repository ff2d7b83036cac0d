#include "api/live_sockets.hpp"

#include "api/json_map.hpp"

namespace renova::api {
namespace {

// The first frame, and the only one that matters.
struct AuthFrame {
  std::string type;
  std::optional<std::string> token; // none: the session of the refresh cookie
  std::optional<std::int64_t> since;
  std::optional<std::string> tenant_id; // as X-Tenant-Id, which browsers cannot send here
};
BOOST_DESCRIBE_STRUCT(AuthFrame, (), (type, token, since, tenant_id))

} // namespace

struct LiveSockets::Session final : messaging::LiveHub::Sink {
  enum class State { fresh, checking, listening, closed };

  void event(const std::shared_ptr<const std::string>& json) override { socket->send(json); }

  std::shared_ptr<http::WebSocket> socket;
  std::chrono::steady_clock::time_point opened;
  std::mutex mutex;
  State state = State::fresh;
  std::string token;
  std::string tenant;
  Principal principal;
  std::uint64_t subscription = 0;
};

LiveSockets::LiveSockets(messaging::LiveHub& hub, Guard& guard, Clock& clock, SessionToken session_token,
                         Timing timing)
    : hub_(hub),
      guard_(guard),
      clock_(clock),
      session_token_(std::move(session_token)),
      timing_(timing),
      watcher_([this] { watch(); }) {}

LiveSockets::~LiveSockets() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  watcher_.join();
}

http::WebSocketEvents LiveSockets::accept(std::shared_ptr<http::WebSocket> socket) {
  auto session = std::make_shared<Session>();
  session->socket = std::move(socket);
  session->opened = std::chrono::steady_clock::now();
  {
    std::lock_guard lock(mutex_);
    sessions_.emplace(session.get(), session);
  }
  http::WebSocketEvents events;
  events.on_text = [this, session](std::string text) { on_text(session, text); };
  events.on_close = [this, session] { on_close(session); };
  return events;
}

void LiveSockets::on_text(const SessionPtr& session, const std::string& text) {
  {
    std::lock_guard lock(session->mutex);
    if (session->state == Session::State::listening || session->state == Session::State::closed) return;
    if (session->state == Session::State::checking) return;
    session->state = Session::State::checking;
  }
  auto value =
      text.size() <= kLiveFrameMax ? parse_json(text) : Error(ErrorCode::malformed, "the frame is too large");
  auto frame = value.has_value() ? decode<AuthFrame>(*value) : value.error();
  if (frame.has_error() || frame->type != "auth") {
    return session->socket->close(kCloseUnauthenticated,
                                  "the first frame must be {\"type\":\"auth\",\"token\":…}");
  }
  std::string tenant = frame->tenant_id.value_or("");
  if (frame->token) return authenticate(session, *frame->token, tenant, frame->since);
  session_token_(session->socket->request(),
                 [this, session, tenant, since = frame->since](std::optional<std::string> token) {
                   if (!token) return session->socket->close(kCloseUnauthenticated, "there is no session");
                   authenticate(session, *token, tenant, since);
                 });
}

void LiveSockets::authenticate(const SessionPtr& session, const std::string& token, const std::string& tenant,
                               std::optional<std::int64_t> since) {
  {
    std::lock_guard lock(session->mutex);
    session->token = token;
    session->tenant = tenant;
  }
  guard_.identify_token(token, tenant, [this, session, since](result<Identity> identity) {
    if (identity.has_error() || !identity->principal) {
      return session->socket->close(kCloseUnauthenticated, "the token is not valid");
    }
    admit(session, *identity->principal, since);
  });
}

void LiveSockets::admit(const SessionPtr& session, const Principal& principal,
                        std::optional<std::int64_t> since) {
  auto subscription = hub_.subscribe(principal.tenant, session, since);
  if (!subscription) return session->socket->close(kCloseTryLater, "too many listeners");
  bool gone = false;
  {
    std::lock_guard lock(session->mutex);
    gone = session->state == Session::State::closed;
    if (!gone) {
      session->state = Session::State::listening;
      session->principal = principal;
      session->subscription = *subscription;
    }
  }
  if (gone) hub_.unsubscribe(principal.tenant, *subscription);
}

void LiveSockets::on_close(const SessionPtr& session) {
  bool listening = false;
  {
    std::lock_guard lock(session->mutex);
    listening = session->state == Session::State::listening;
    session->state = Session::State::closed;
  }
  if (listening) hub_.unsubscribe(session->principal.tenant, session->subscription);
  std::lock_guard lock(mutex_);
  sessions_.erase(session.get());
}

void LiveSockets::recheck_soon() {
  {
    std::lock_guard lock(mutex_);
    recheck_ = true;
  }
  wake_.notify_all();
}

void LiveSockets::watch() {
  auto last_recheck = std::chrono::steady_clock::now();
  while (true) {
    std::vector<SessionPtr> all;
    bool recheck = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, timing_.tick, [this] { return stopping_ || recheck_; });
      if (stopping_) return;
      recheck = std::exchange(recheck_, false) ||
                std::chrono::steady_clock::now() - last_recheck >= timing_.recheck;
      for (const auto& [key, session] : sessions_) all.push_back(session);
    }
    if (recheck) last_recheck = std::chrono::steady_clock::now();
    for (const SessionPtr& session : all) check(session, recheck);
  }
}

void LiveSockets::check(const SessionPtr& session, bool recheck) {
  std::string token;
  std::string tenant;
  {
    std::lock_guard lock(session->mutex);
    if (session->state == Session::State::closed) return;
    if (session->state != Session::State::listening) {
      if (std::chrono::steady_clock::now() - session->opened < timing_.first_frame) return;
      return session->socket->close(kCloseUnauthenticated, "nobody signed in");
    }
    if (session->principal.expires_at <= clock_.now()) {
      return session->socket->close(kCloseUnauthenticated, "the token has run out");
    }
    if (!recheck) return;
    token = session->token;
    tenant = session->tenant;
  }
  guard_.identify_token(token, tenant, [session](result<Identity> identity) {
    // A database that is away for a moment is no reason to send anybody off.
    if (identity.has_value() || identity.error().code == ErrorCode::unavailable) return;
    session->socket->close(kCloseUnauthenticated, "the access has ended");
  });
}

} // namespace renova::api
