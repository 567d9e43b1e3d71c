#pragma once

#include "device/backend.h"

namespace faltung::cpu {

const Backend& backend();

}  // namespace faltung::cpu
