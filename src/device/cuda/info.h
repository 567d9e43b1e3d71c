#pragma once

#include "faltung/device_info.h"

namespace faltung::cuda {

DeviceInfo info_of(int index);

}  // namespace faltung::cuda
