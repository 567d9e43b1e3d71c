#pragma once

#include "faltung/device_info.h"

namespace faltung::hip {

DeviceInfo info_of(int index);

}  // namespace faltung::hip
