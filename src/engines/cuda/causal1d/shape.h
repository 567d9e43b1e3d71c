// Which problems are short causal convolutions, and how threads cover them.
#pragma once

#include <cstdint>
#include <string_view>

#include "faltung/compile.h"
#include "faltung/problem.h"
#include "kernels/cuda/divider.h"

namespace faltung::cuda_causal1d {

inline constexpr int longest_filter = 4;

// A target element t takes source elements t − (taps − 1) … t; turned round (the data gradient) t … t + taps − 1.
struct Shape {
  DType dtype = DType::f32;
  Pass pass = Pass::Forward;
  Activation activation = Activation::none;
  bool channels_last = false, bias = false;
  int channels = 1, width = 1, taps = 1;
  int elements = 1;  // neighbours in memory that a thread moves at once: 16 bytes of them, or one
  int steps = 1;     // NCW: packs of a thread; NWC: positions of a thread
  std::int64_t filter_channel = 0, filter_tap = 0;  // strides of w
  bool whole_filters = false;  // they lie one behind the other, those of a thread's channels as 16-byte words
  int threads = 1;             // of the whole grid
  cuda::Divider by_row, by_steps,
      by_channels;  // NCW: threads of a row, –, channels; NWC: packs of channels, parts of the width
};

std::string_view refusal(const ConvProblem& problem);  // empty if it is one
Shape shape_of(const ConvProblem& problem);

void run(const Shape& shape, const Operands& operands, void* stream);

}  // namespace faltung::cuda_causal1d
