#include "base/cuda/calls.h"
#include "base/cuda/part.h"
#include "faltung/error.h"

// Defined in `faltung::cuda`. Its target asks the linker for this symbol; no constructor runs, nothing is registered.
extern "C" [[gnu::weak]] const faltung::cuda::Part faltung_cuda_part;

namespace faltung::cuda {

const Part* linked_part() noexcept { return &faltung_cuda_part; }

const Part& part() {
  if (const Part* linked = linked_part()) return *linked;
  throw Error(ErrorCode::Unsupported, FALTUNG_CUDA_ABSENT);
}

std::string_view unavailable() { return linked_part() ? linked_part()->devices->unavailable() : FALTUNG_CUDA_ABSENT; }
int device_count() { return linked_part() ? linked_part()->devices->count() : 0; }
const DeviceProperties& device_properties(int index) { return part().devices->properties(index); }

}  // namespace faltung::cuda
