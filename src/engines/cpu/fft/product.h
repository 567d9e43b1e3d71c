// The products of a block: for each frequency a small matrix product of complex numbers.
#pragma once

#include "engines/cpu/fft/block.h"

namespace faltung::cpu_fft {

// For the vectors [first, end) of a group of the block; a, b, c: this group's. add: to what is in c.
template <class T>
void multiply(const Block& block, const Part& part, std::int64_t first, std::int64_t end, const T* a, const T* b, T* c,
              bool add);

}  // namespace faltung::cpu_fft
