// The memory of HIP devices. There are no kernels of our own for them: what is more than a copy of bytes is done on the
// host, so that such calls wait.
#pragma once

#include "tensor/memory.h"

namespace faltung::hip {

// Null where HIP is unavailable.
Memory* memory();

}  // namespace faltung::hip
