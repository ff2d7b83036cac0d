#include "http/session.hpp"

#include <boost/asio/buffer.hpp>

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

std::size_t OutputQueue::write_to(Socket& socket, SystemError& error) {
  std::size_t total = 0;
  while (!chunks_.empty()) {
    std::array<asio::const_buffer, kBuffersMax> buffers;
    std::size_t count = 0;
    for (auto chunk = chunks_.begin(); chunk != chunks_.end() && count < kBuffersMax; ++chunk) {
      std::string_view bytes = chunk->bytes();
      if (count == 0) bytes.remove_prefix(offset_);
      buffers[count++] = asio::const_buffer(bytes.data(), bytes.size());
    }
    const std::size_t written =
        count == 1 ? socket.write_some(buffers[0], error)
                   : socket.write_some(std::span<const asio::const_buffer>(buffers.data(), count), error);
    total += written;
    consume(written);
    if (error) break;
  }
  return total;
}

} // namespace renova::http
