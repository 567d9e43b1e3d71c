#pragma once

#include "device/backend.h"

namespace faltung::hip {

const Backend& backend();

}  // namespace faltung::hip
