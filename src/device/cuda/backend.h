#pragma once

#include "device/backend.h"

namespace faltung::cuda {

const Backend& backend();

}  // namespace faltung::cuda
