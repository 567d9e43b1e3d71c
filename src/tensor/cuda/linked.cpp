#include "base/cuda/part.h"
#include "tensor/cuda/calls.h"

namespace faltung::cuda {

Memory* memory() { return linked_part() ? linked_part()->memory->memory() : nullptr; }

}  // namespace faltung::cuda
