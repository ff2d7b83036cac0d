// What the files of the import share; not for others.
#pragma once

#include <string>
#include <string_view>

namespace renova::domain {

// Letters and digits of the folded text: "Data de Vencimento:" → "datadevencimento". At most 100 characters
// are looked at.
std::string import_key(std::string_view text);

} // namespace renova::domain
