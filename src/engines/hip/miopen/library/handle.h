// MIOpen's handles: one per thread, device and stream, so that running needs no lock.
#pragma once

#include "engines/hip/miopen/library/library.h"
#include "faltung/device.h"

namespace faltung::hip_miopen {

// The calling thread's handle for the stream of the current device, which is `device`.
Handle handle_for(Device device, void* stream);

}  // namespace faltung::hip_miopen
