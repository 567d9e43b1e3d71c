// Stands in for the CUDA files in builds without CUDA.
#include "tensor/cuda/memory.h"

namespace faltung::cuda {

Memory* memory() { return nullptr; }
void set_kept_memory(std::size_t) {}

}  // namespace faltung::cuda
