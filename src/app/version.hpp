#pragma once

namespace renova::app {

inline constexpr char kVersion[] = RENOVA_VERSION;

} // namespace renova::app
