#include "app/control_socket.hpp"

#include "base/crypto.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

namespace renova::app {
namespace {

class ControlSocketTest : public testing::Test {
 protected:
  void SetUp() override {
    crypto_init();
    std::string pattern = (std::filesystem::temp_directory_path() / "renova_control_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    path_ = control_path(folder_ + "/a.db");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  std::string path_;
};

TEST_F(ControlSocketTest, NobodyThereIsNoAnswer) {
  auto answer = ControlSocket::ask(path_, {});
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->has_value());
}

TEST_F(ControlSocketTest, CarriesWordsInputAndOutputUnchanged) {
  std::string binary("\0\xff line\n", 8);
  auto socket = ControlSocket::listen(path_, [&](const ControlRequest& request) {
    EXPECT_EQ(request.words, (std::vector<std::string>{"user", "add", "a b"}));
    EXPECT_EQ(request.folder, "/somewhere");
    EXPECT_EQ(request.input, binary);
    return ControlAnswer{3, binary, "why"};
  });
  ASSERT_TRUE(socket);
  auto answer = ControlSocket::ask(path_, {{"user", "add", "a b"}, "/somewhere", binary});
  ASSERT_TRUE(answer);
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ((*answer)->exit_code, 3);
  EXPECT_EQ((*answer)->output, binary);
  EXPECT_EQ((*answer)->error, "why");
}

TEST_F(ControlSocketTest, OnlyItsOwnerMayConnect) {
  auto socket = ControlSocket::listen(path_, [](const ControlRequest&) { return ControlAnswer{}; });
  ASSERT_TRUE(socket);
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0077, 0u);
}

TEST_F(ControlSocketTest, RubbishIsRefusedAndTheNextRequestServed) {
  auto socket = ControlSocket::listen(path_, [](const ControlRequest&) {
    return ControlAnswer{0, "ok", ""};
  });
  ASSERT_TRUE(socket);
  int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::send(fd, "{\"words\":1}", 11, 0), 11);
  ::shutdown(fd, SHUT_WR);
  char buffer[16];
  EXPECT_EQ(::read(fd, buffer, sizeof buffer), 0);
  ::close(fd);
  auto answer = ControlSocket::ask(path_, {});
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->has_value());
}

TEST_F(ControlSocketTest, TakesOverTheSocketOfADeadServerAndLeavesNone) {
  {
    auto first = ControlSocket::listen(path_, [](const ControlRequest&) { return ControlAnswer{}; });
    ASSERT_TRUE(first);
    auto second = ControlSocket::listen(path_, [](const ControlRequest&) {
      return ControlAnswer{0, "2", ""};
    });
    ASSERT_TRUE(second);
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
  auto too_long = ControlSocket::listen(folder_ + std::string(120, 'x'), {});
  EXPECT_TRUE(too_long.has_error());
}

} // namespace
} // namespace renova::app
