#include "services/password_rules.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

namespace renova::services {
namespace {

// Words that are common as passwords in English and Portuguese, sorted. Together with kEndings they stand for
// some thousands of passwords.
constexpr std::string_view kWords[] = {
#include "services/common_words.inc"
};

constexpr std::string_view kEndings[] = {
    "",      "0",      "00",   "01",   "007",  "1",    "10",   "11",   "12",   "123",      "1234",
    "12345", "123456", "1q2w", "2",    "21",   "22",   "23",   "321",  "69",   "7",        "77",
    "99",    "2000",   "2010", "2015", "2018", "2019", "2020", "2021", "2022", "2023",     "2024",
    "2025",  "2026",   "2027", "!",    "@",    "@123", "_123", "#1",   "1!",   "123456789"};

// Rows of keyboards and the alphabets, both ways: four or more neighbours in a row are a run.
constexpr std::string_view kRuns[] = {"01234567890",
                                      "09876543210",
                                      "abcdefghijklmnopqrstuvwxyz",
                                      "zyxwvutsrqponmlkjihgfedcba",
                                      "qwertyuiop",
                                      "poiuytrewq",
                                      "asdfghjklç",
                                      "lkjhgfdsa",
                                      "zxcvbnm",
                                      "mnbvcxz",
                                      "1q2w3e4r5t6y7u8i9o0p",
                                      "1qaz2wsx3edc4rfv5tgb",
                                      "qazwsxedcrfvtgbyhnujm"};

// The whole text is one piece of at most four characters, again and again.
bool is_repetition(std::string_view text) {
  for (std::size_t unit = 1; unit <= 4 && unit * 2 <= text.size(); ++unit) {
    bool repeats = true;
    for (std::size_t i = unit; i < text.size() && repeats; ++i) repeats = text[i] == text[i - unit];
    if (repeats) return true;
  }
  return false;
}

// The whole text is made of runs of at least four neighbours.
bool is_runs(std::string_view text) {
  while (!text.empty()) {
    std::size_t longest = 0;
    for (std::string_view run : kRuns) {
      std::size_t length = std::min(text.size(), run.size());
      while (length > longest && run.find(text.substr(0, length)) == run.npos) --length;
      longest = std::max(longest, length);
    }
    if (longest < 4) return false;
    text.remove_prefix(longest);
  }
  return true;
}

} // namespace

bool is_common_password(std::string_view password) {
  std::string lower = fold(password);
  std::erase(lower, ' ');
  if (lower.empty() || is_repetition(lower) || is_runs(lower)) return true;
  for (std::string_view ending : kEndings) {
    if (!lower.ends_with(ending)) continue;
    std::string_view word = std::string_view(lower).substr(0, lower.size() - ending.size());
    if (std::binary_search(std::begin(kWords), std::end(kWords), word)) return true;
  }
  return false;
}

result<void> check_password(std::string_view password, std::string_view email, std::string_view pointer) {
  auto refuse = [&](std::string code, std::string detail) {
    return field_error(std::string(pointer), std::move(code), std::move(detail));
  };
  if (!is_utf8(password)) return refuse("not_utf8", "must be valid UTF-8");
  std::size_t length = count_code_points(password);
  if (length < kPasswordMin) {
    return refuse("too_short", "must have at least " + std::to_string(kPasswordMin) + " characters");
  }
  if (length > kPasswordMax || password.size() > kPasswordBytesMax) {
    return refuse("too_long", "must have at most " + std::to_string(kPasswordMax) + " characters");
  }
  if (is_common_password(password)) {
    return refuse("common_password", "is one of the passwords that everybody tries first");
  }
  std::string name = fold(email.substr(0, email.find('@')));
  std::string lower = fold(password);
  if (name.size() >= 4 && lower.find(name) != lower.npos && lower.size() < name.size() + 4) {
    return refuse("contains_email", "must not be the name in the e-mail address");
  }
  return {};
}

} // namespace renova::services
