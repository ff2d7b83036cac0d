#include "services/password_rules.hpp"

#include <gtest/gtest.h>

namespace renova::services {
namespace {

std::string code_of(std::string_view password, std::string_view email = "someone@example.com") {
  auto checked = check_password(password, email, "/password");
  return checked.has_error() ? checked.error().fields.at(0).code : "";
}

TEST(PasswordRules, RefuseWhatEverybodyTriesFirst) {
  for (std::string_view common : {"password", "Password1", "senha123", "SENHA2024", "qwerty123", "12345678",
                                  "87654321", "11111111", "abcabcabc", "asdfghjkl", "1q2w3e4r5t", "flamengo",
                                  "iloveyou1", "abcd1234", "aaaaaaaaaaaaaaaaaaaaaaaa", "Brasil2026"}) {
    EXPECT_EQ(code_of(common), "common_password") << common;
  }
}

TEST(PasswordRules, LimitLengthInCharactersNotBytes) {
  EXPECT_EQ(code_of("kT9!x2v"), "too_short");
  EXPECT_EQ(code_of("ãõçéíúâê"), ""); // eight characters, sixteen bytes
  EXPECT_EQ(code_of(std::string(254, 'x') + "yz"), "");
  EXPECT_EQ(code_of(std::string(255, 'x') + "yz"), "too_long");
  EXPECT_EQ(code_of("abc\xFFzzzzzz"), "not_utf8");
}

TEST(PasswordRules, LeaveOthersAlone) {
  for (std::string_view fine :
       {"correct horse battery staple", "uma frase bem comprida", "Tr0ub4dor&3", "S3nha-forte!",
        "minha casa tem 3 portas", "zebra-lamp-42", "Secret123!", "Str0ngP@ssw0rd"}) {
    EXPECT_EQ(code_of(fine), "") << fine;
  }
}

TEST(PasswordRules, RefuseTheNameInTheAddress) {
  EXPECT_EQ(code_of("mariadasilva", "maria.da.silva@example.com"), "");
  EXPECT_EQ(code_of("mariasilva1", "mariasilva@example.com"), "contains_email");
  EXPECT_EQ(code_of("a long phrase about mariasilva", "mariasilva@example.com"), "");
}

} // namespace
} // namespace renova::services
