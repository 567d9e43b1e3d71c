// The products of a block for one panel of written channels: a small matrix product for each product of a tile.
#pragma once

#include "engines/cpu/winograd/sums/block.h"

namespace faltung::cpu_winograd {

// m = V · U, of the first `tiles` tiles of the block. u: the panel's.
template <class T>
void multiply(const Block& block, std::int64_t tiles, std::int64_t panel, const T* v, const T* u, T* m);

}  // namespace faltung::cpu_winograd
