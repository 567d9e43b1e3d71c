// faltung bench --copy: copies on a device, and between layouts, beside each other.
#pragma once

#include "faltung/tensor.h"

namespace faltung::cli {

int bench_copy(Device device, bool json);

}  // namespace faltung::cli
