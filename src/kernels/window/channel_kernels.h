// Depthwise convolution where channels are neighbours in memory: they are on the lanes, and both operands are read
// where they lie. A kernel works on a run of neighbouring positions along the innermost axis for many channels; of the
// taps it leaves out what meets zeros only, so nothing is padded.
#pragma once

#include <array>
#include <cstdint>

#include "faltung/dtype.h"

namespace faltung::window {

inline constexpr int run_positions = 8;  // the most of a run

// The taps along the innermost axis at one tap of the outer axes, in numbers from the first channel.
struct TapRow {
  std::int64_t source;   // what the run's first position and the first tap meet
  std::int64_t weights;  // the first tap
};

// Position p and tap s meet at coordinate p · step + s · tap_step; 0 is where the first of each meet.
struct ChannelRun {
  const TapRow* rows = nullptr;
  std::int64_t row_count = 0;
  std::int64_t channels = 0;   // at least as many as lanes
  std::int64_t positions = 0;  // at most run_positions
  std::int64_t taps = 0, step = 1, tap_step = 1;
  std::int64_t first = 0, end = 0;  // coordinates inside the source; end is not less
  // Numbers from a coordinate, a tap or a position to the next.
  std::int64_t source_stride = 0, weight_stride = 0, position_stride = 0;
  const void* source = nullptr;
};

// positions[p][c] = Σ over rows and taps of weights · source.
template <class T>
using ChannelSums = void (*)(const ChannelRun& run, const T* weights, T* positions);

// weights[s][c] += Σ over positions of positions · source, for each row. `positions` are of the source's type.
template <class T>
using ChannelTaps = void (*)(const ChannelRun& run, const void* positions, T* weights);

template <class T>
struct ChannelKernels {
  int lanes = 0;
  ChannelSums<T> sums = nullptr;
  ChannelTaps<T> taps = nullptr;
};

// What a kernel is made for.
struct RunShape {
  DType source = DType::f32;
  std::int64_t channels = 0, taps = 0, step = 1, tap_step = 1;
};

// Filters that have kernels of their own in f32, which load a coordinate once for all taps that it meets.
constexpr bool is_common(const RunShape& shape) {
  if (shape.tap_step != 1) return false;
  if (shape.step == 1) return shape.taps == 3 || shape.taps == 5 || shape.taps == 7;
  return shape.step == 2 && (shape.taps == 3 || shape.taps == 5);
}

// The kernels for this CPU; T is float or double. No lanes: for such a source or for so few channels there are none.
template <class T>
ChannelKernels<T> channel_kernels(const RunShape& shape);

}  // namespace faltung::window
