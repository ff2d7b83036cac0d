// The one page that stands at "/" until the app arrives.
#pragma once

#include "api/call.hpp"
#include "http/message.hpp"

#include <string_view>

namespace renova::api {

// `page` with every {{name}} replaced by the text of that name in the language. Texts are ours, so nothing is
// escaped but the version.
http::Response status_page(std::string_view page, Locale locale, std::string_view version);

} // namespace renova::api
