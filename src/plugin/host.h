// What the library offers to plug-ins.
#pragma once

#include "faltung/plugin.h"

namespace faltung::plugin {

const faltung_plugin_host& host() noexcept;

}  // namespace faltung::plugin
