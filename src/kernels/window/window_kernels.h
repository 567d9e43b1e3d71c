// Sums of products over a list of taps, with all sums in registers. Each tap reads its numbers at an offset of its own,
// the same for all sums, so that nothing is gathered or packed for a tap.
//
// A vector holds either neighbouring positions, each multiplied by one weight, or neighbouring channels at one
// position, each multiplied by a weight of its own.
#pragma once

#include <array>
#include <cstdint>

namespace faltung::window {

// The numbers that a tap is multiplied with: `taps` offsets into the staged source.
struct TapList {
  const std::int64_t* offsets = nullptr;
  std::int64_t count = 0;
};

// sums[r · sum_stride + i] = Σ_t weights[t · weight_stride + r] · source[offsets[t] + i] for rows r, or, with channels
// on the lanes, sums[i] = Σ_t weights[t · weight_stride + i mod L] · …, where vectors of L numbers lie `step` apart: i
// is v · step + lane, for v < vectors. Reads and writes whole groups of vectors: up to `slack` vectors more than asked
// for.
template <class T>
using SumKernel = void (*)(const TapList& taps, const T* source, const T* weights, std::int64_t weight_stride,
                           std::int64_t step, std::int64_t vectors, T* sums, std::int64_t sum_stride);

// The sum over v < vectors of y[v · step + lane] · x[offsets[t] + v · step + lane] for each of `taps.count` taps, at
// most max_tap_sums, added to sums[t · sum_stride + lane], or with positions on the lanes, added up over them, to
// sums[t · sum_stride].
template <class T>
using TapKernel = void (*)(const TapList& taps, const T* x, const T* y, std::int64_t step, std::int64_t vectors,
                           T* sums, std::int64_t sum_stride);

inline constexpr int slack = 8;          // vectors
inline constexpr int whole_vectors = 4;  // of channels: a multiple of them is not exceeded
inline constexpr int max_rows = 4;
inline constexpr int max_tap_sums = 12;

template <class T>
struct WindowKernels {
  int lanes = 0;                                   // L
  std::array<SumKernel<T>, max_rows> positions{};  // [rows - 1]
  SumKernel<T> channels = nullptr;
  std::array<TapKernel<T>, max_tap_sums> position_taps{}, channel_taps{};  // [taps - 1]
};

// The kernels for this CPU, of float or double; valid until the program ends.
template <class T>
const WindowKernels<T>& window_kernels();

}  // namespace faltung::window
