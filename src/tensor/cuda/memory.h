// The memory of CUDA devices. Needs no CUDA header.
#pragma once

#include "tensor/memory.h"

namespace faltung::cuda {

// Null where CUDA is unavailable.
Memory* memory();

// How much freed memory each device's pool keeps for the next allocation instead of giving it back to the driver.
void set_kept_memory(std::size_t bytes);

}  // namespace faltung::cuda
