// Recognises short causal convolutions and tiles them.
#pragma once

#include <cstdint>
#include <string_view>

#include "faltung/compile.h"
#include "faltung/device_info.h"
#include "faltung/problem.h"
#include "kernels/cuda/divider.h"

namespace faltung::cuda_causal1d {

inline constexpr int longest_filter = 4;

// Target element t reads source elements t − (taps − 1) … t, or, flipped for the data gradient, t … t + taps − 1.
struct Shape {
  DType dtype = DType::f32;
  Pass pass = Pass::Forward;
  Activation activation = Activation::none;
  bool channels_last = false, bias = false;
  int channels = 1, width = 1, taps = 1;
  int elements = 1;                                 // elements per memory access: 16 bytes of them, or one
  int steps = 1;                                    // per thread: packs (NCW) or positions (NWC)
  std::int64_t filter_channel = 0, filter_tap = 0;  // strides of w
  bool whole_filters = false;  // contiguous filters; those of a thread's channels are loaded as 16-byte words
  int threads = 1;             // of the whole grid
  cuda::Divider by_row, by_steps,
      by_channels;  // NCW: threads of a row, unused, channels; NWC: packs of channels, parts of the width
};

std::string_view refusal(const ConvProblem& problem);  // Reason for the refusal; empty if accepted.
Shape shape_of(const ConvProblem& problem, const DeviceInfo& gpu);

void run(const Shape& shape, const Operands& operands, void* stream);

}  // namespace faltung::cuda_causal1d
