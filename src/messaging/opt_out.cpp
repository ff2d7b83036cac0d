#include "messaging/opt_out.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace renova::messaging {
namespace {

constexpr std::array<std::string_view, 22> kWords{
    "sair",           "parar",        "pare",    "stop",         "cancelar",  "cancela",
    "cancel",         "descadastrar", "remover", "parar avisos", "nao quero", "nao enviar",
    "nao envie mais", "unsubscribe",  "opt out", "opt-out",      "optout",    "end",
    "quit",           "baja",         "salir",   "no mas"};
constexpr std::size_t kLongest = 60; // bytes: longer texts are no single word

bool is_punctuation(char c) {
  return c == '.' || c == '!' || c == '?' || c == ',' || c == '"' || c == '\'' || c == '*' || c == '_' ||
         c == ' ';
}

} // namespace

bool is_opt_out(std::string_view text) {
  if (text.size() > kLongest) return false;
  std::string folded = fold(text);
  std::string_view word = folded;
  while (!word.empty() && is_punctuation(word.front())) word.remove_prefix(1);
  while (!word.empty() && is_punctuation(word.back())) word.remove_suffix(1);
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

} // namespace renova::messaging
