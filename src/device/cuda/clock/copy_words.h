// A plain copy kernel. Depending on the size, it or the runtime's copy is faster.
#pragma once

#include <cstddef>

namespace faltung::cuda {

inline constexpr std::size_t word_bytes = 16;

// Copies 16-byte words at aligned addresses; a thread loads one or four words before it stores the first.
void copy_words(const void* from, void* to, std::size_t words, bool four_at_once, void* stream);

}  // namespace faltung::cuda
