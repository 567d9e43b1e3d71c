// The memory of CUDA devices. Needs no CUDA header.
#pragma once

#include "tensor/memory.h"

namespace faltung::cuda {

// Null where CUDA is unavailable.
Memory* memory();

// Bytes of freed memory that each device's pool keeps for later allocations instead of returning them to the driver.
void set_kept_memory(std::size_t bytes);

}  // namespace faltung::cuda
