#include "http/session.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

namespace renova::http {

namespace {

constexpr std::size_t kJoinMax = 16 * 1024; // pieces up to this are copied together
constexpr std::size_t kBuffersMax = 64;     // of one writev

} // namespace

std::string& OutputQueue::tail() {
  if (chunks_.empty() || chunks_.back().shared || chunks_.back().own.size() > kJoinMax)
    chunks_.emplace_back();
  return chunks_.back().own;
}

void OutputQueue::add(std::string piece) {
  if (piece.empty()) return;
  size_ += piece.size();
  if (piece.size() <= kJoinMax)
    tail().append(piece);
  else
    chunks_.emplace_back().own = std::move(piece);
}

void OutputQueue::add(std::shared_ptr<const std::string> piece) {
  if (piece->empty()) return;
  size_ += piece->size();
  chunks_.emplace_back().shared = std::move(piece);
}

void OutputQueue::clear() {
  chunks_.clear();
  offset_ = size_ = 0;
}

void OutputQueue::consume(std::size_t bytes) {
  size_ -= bytes;
  offset_ += bytes;
  while (!chunks_.empty() && offset_ >= chunks_.front().bytes().size()) {
    offset_ -= chunks_.front().bytes().size();
    chunks_.pop_front();
  }
}

OutputQueue::Written OutputQueue::write_to(int socket) {
  Written written;
  while (!chunks_.empty()) {
    std::array<iovec, kBuffersMax> buffers; // not cleared: only the first msg_iovlen count
    msghdr message{};
    message.msg_iov = buffers.data();
    for (auto chunk = chunks_.begin(); chunk != chunks_.end() && message.msg_iovlen < kBuffersMax; ++chunk) {
      std::string_view bytes = chunk->bytes();
      if (message.msg_iovlen == 0) bytes.remove_prefix(offset_);
      buffers[message.msg_iovlen++] = {const_cast<char*>(bytes.data()), bytes.size()};
    }
    const auto sent = message.msg_iovlen == 1
                          ? ::send(socket, buffers[0].iov_base, buffers[0].iov_len, MSG_NOSIGNAL)
                          : ::sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      written.broken = errno != EAGAIN;
      break;
    }
    written.bytes += static_cast<std::size_t>(sent);
    consume(static_cast<std::size_t>(sent));
  }
  return written;
}

} // namespace renova::http
