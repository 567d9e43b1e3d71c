#include <cuda_runtime.h>

#include "device/cuda/clock/copy_words.h"
#include "device/cuda/runtime/check.h"

namespace faltung::cuda {
namespace {

constexpr int threads = 256;

template <int at_once>
__global__ void __launch_bounds__(threads)
    move_words(const uint4* __restrict__ from, uint4* __restrict__ to, std::size_t words) {
  constexpr std::size_t of_block = threads * at_once;
  const std::size_t begin = blockIdx.x * of_block, first = begin + threadIdx.x;
  if (begin + of_block <= words) {  // all loads are issued before the first store waits for its data
    uint4 read[at_once];
#pragma unroll
    for (int i = 0; i < at_once; ++i) read[i] = from[first + i * threads];
#pragma unroll
    for (int i = 0; i < at_once; ++i) to[first + i * threads] = read[i];
    return;
  }
  for (std::size_t at = first; at < words; at += threads) to[at] = from[at];
}

template <int at_once>
void launch(const void* from, void* to, std::size_t words, void* stream) {
  constexpr std::size_t of_block = threads * at_once;
  const auto blocks = static_cast<unsigned>((words + of_block - 1) / of_block);
  move_words<at_once><<<blocks, threads, 0, static_cast<cudaStream_t>(stream)>>>(static_cast<const uint4*>(from),
                                                                                 static_cast<uint4*>(to), words);
}

}  // namespace

void copy_words(const void* from, void* to, std::size_t words, bool four_at_once, void* stream) {
  if (words == 0) return;
  (four_at_once ? launch<4> : launch<1>)(from, to, words, stream);
  check_launch("copy of words");
}

}  // namespace faltung::cuda
