// A plain copy by a kernel. Whether it or the runtime's copy is the faster depends on how much is copied.
#pragma once

#include <cstddef>

namespace faltung::cuda {

inline constexpr std::size_t word_bytes = 16;

// Words of 16 bytes, on a boundary of as many; a thread reads one or four of them before it writes the first.
void copy_words(const void* from, void* to, std::size_t words, bool four_at_once, void* stream);

}  // namespace faltung::cuda
