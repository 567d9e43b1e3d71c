// Sums of products over a list of taps, with all sums in registers. Each tap reads its numbers at an offset of its own,
// the same for all sums, so that nothing is gathered or packed for a tap.
//
// A vector holds neighbouring positions, each multiplied by one weight.
#pragma once

#include <array>
#include <cstdint>

namespace faltung::window {

// The numbers that a tap is multiplied with: `taps` offsets into the staged source.
struct TapList {
  const std::int64_t* offsets = nullptr;
  std::int64_t count = 0;
  // Runs of taps that read neighbours, at most max_run each.
  const std::int32_t* runs = nullptr;
  std::int64_t run_count = 0;
};

// sums[r · sum_stride + i] = Σ_t weights[t · rows + r] · source[offsets[t] + i] for so many rows r and all i in
// `vectors` vectors. Reads and writes whole groups of vectors: up to `slack` vectors more than asked for.
template <class T>
using SumKernel = void (*)(const TapList& taps, const T* source, const T* weights, std::int64_t vectors, T* sums,
                           std::int64_t sum_stride);

// sums[t · rows + r] += Σ_i y[r · y_stride + i] · x[offsets[t] + i] over `vectors` vectors, for each of `taps.count`
// taps and so many rows r.
template <class T>
using TapKernel = void (*)(const TapList& taps, const T* x, const T* y, std::int64_t y_stride, std::int64_t vectors,
                           T* sums);

inline constexpr int slack = 8;  // vectors
inline constexpr int max_run = 8;
inline constexpr int max_rows = 4;
inline constexpr int max_tap_sums = 12;   // with one row
inline constexpr int max_block_taps = 6;  // with max_rows rows

template <class T>
struct WindowKernels {
  int lanes = 0;
  std::array<SumKernel<T>, max_rows> sums{};              // [rows - 1]
  std::array<TapKernel<T>, max_tap_sums> taps{};          // [taps - 1], for one row
  std::array<TapKernel<T>, max_block_taps> tap_blocks{};  // [taps - 1], for max_rows
  int most_block_taps = 0;                                // that there are
};

// The kernels for this CPU, of float or double; valid until the program ends.
template <class T>
const WindowKernels<T>& window_kernels();

}  // namespace faltung::window
