// Who runs which blocks, and in which memory.
#pragma once

#include "engines/cpu/fft/block.h"

namespace faltung::cpu_fft {

struct Schedule {
  // Each thread takes blocks of weights by itself, from beginning to end; else all threads share each stage of a block.
  bool alone = true;
  std::size_t a_bytes = 0, b_bytes = 0, c_bytes = 0, scratch_bytes = 0;  // of a block; a thread's own
  std::size_t prepared_bytes = 0;                                        // spectra of all weights

  std::size_t block_bytes() const { return a_bytes + b_bytes + c_bytes; }
  std::size_t workspace_bytes(int threads) const {
    const auto all = static_cast<std::size_t>(threads);
    return all * scratch_bytes + (alone ? all : 1) * block_bytes();
  }
};

Schedule schedule_of(const Block& block, std::int64_t number_bytes, std::int64_t scratch_numbers, int threads);

}  // namespace faltung::cpu_fft
