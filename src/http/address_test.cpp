#include "http/address.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace renova::http {
namespace {

TEST(AddressTest, RefusesEverySpecialRange) {
  for (const char* address : {"0.0.0.0",
                              "0.1.2.3",
                              "10.0.0.1",
                              "10.255.255.255",
                              "100.64.0.1",
                              "100.127.255.255",
                              "127.0.0.1",
                              "127.255.255.254",
                              "169.254.0.1",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.0.8",
                              "192.0.2.1",
                              "192.88.99.1",
                              "192.168.0.1",
                              "198.18.0.1",
                              "198.19.255.255",
                              "198.51.100.7",
                              "203.0.113.9",
                              "224.0.0.1",
                              "239.255.255.255",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::2",
                              "::127.0.0.1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "::ffff:169.254.169.254",
                              "64:ff9b::10.0.0.1",
                              "64:ff9b::7f00:1",
                              "64:ff9b:1::8.8.8.8",
                              "100::1",
                              "2001::1",
                              "2001:10::1",
                              "2001:db8::1",
                              "2002:7f00:1::",
                              "2002:808:808::1",
                              "3fff::1",
                              "3fff:fff::1",
                              "4000::1",
                              "5f00::1",
                              "fc00::1",
                              "fdff::1",
                              "fe80::1",
                              "febf::1",
                              "fec0::1",
                              "ff02::1",
                              "ffff::"})
    EXPECT_FALSE(is_public_address(address)) << address;
}

TEST(AddressTest, AllowsPublicOnesUpToTheEdgesOfTheRanges) {
  for (const char* address : {"1.0.0.0",        "9.255.255.255",        "11.0.0.0",
                              "100.63.255.255", "100.128.0.0",          "126.255.255.255",
                              "128.0.0.1",      "169.253.255.255",      "169.255.0.0",
                              "172.15.255.255", "172.32.0.0",           "192.0.1.0",
                              "192.0.3.0",      "192.167.255.255",      "192.169.0.0",
                              "198.17.255.255", "198.20.0.0",           "223.255.255.255",
                              "8.8.8.8",        "::ffff:8.8.8.8",       "64:ff9b::8.8.8.8",
                              "2001:200::1",    "2001:4860:4860::8888", "2606:4700::1111",
                              "2003::1",        "2a03:2880::1",         "3ffe::1"})
    EXPECT_TRUE(is_public_address(address)) << address;
}

TEST(AddressTest, WhatIsNoAddressIsNotPublic) {
  for (const char* text : {"", "a", "1.2.3", "1.2.3.4.5", "8.8.8.8:80", "[2606:4700::1111]", "0x8.8.8.8"})
    EXPECT_FALSE(is_public_address(text)) << text;
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_FALSE(is_public_address(reinterpret_cast<const sockaddr&>(local)));
}

} // namespace
} // namespace renova::http
