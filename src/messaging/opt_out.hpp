// The words by which a recipient says: no more messages.
#pragma once

#include <string_view>

namespace renova::messaging {

// True when the whole text, without case, accents and punctuation around it, is such a word: "SAIR",
// "Parar!", "stop".
bool is_opt_out(std::string_view text);

} // namespace renova::messaging
