// The memory of GPUs, as programs that are linked with it find it.
#pragma once

#include "tensor/cuda/memory.h"

namespace faltung::cuda {

struct MemoryCalls {
  Memory* (*memory)();
};

extern const MemoryCalls memory_calls;

}  // namespace faltung::cuda
