// Arguments of the kernels. A problem with one channel per group is a set of planes; 1-D has one row.
#pragma once

#include <cstdint>

#include "faltung/problem.h"

namespace faltung::cuda_depthwise {

// Source and target of a window sum: x and y, or y and x for data gradients. A data gradient with stride 1 is a forward
// pass from y to x with the flipped filter.
struct Planes {
  int batch = 1, channels = 1;
  int source_h = 1, source_w = 1, target_h = 1, target_w = 1;
  int pad_h = 0, pad_w = 0;
  bool source_aligned = false, target_aligned = false;  // 16-byte aligned
};

// w[channel, t, r, s], channel over all groups; a flipped filter has negative strides.
struct Filter {
  const void* data = nullptr;
  std::int64_t channel = 0;
  int t = 0, r = 0, s = 0;
};

struct FinishArgs {
  const void* bias = nullptr;  // or null
  Activation activation = Activation::none;
};

// A weight gradient's reduction is cut into slices, whose partial sums are added afterwards.
struct Gather {
  int slices = 1, channels = 1, filter_d = 1, filter_h = 1, filter_w = 1;
  bool channel_fastest = false;  // partial[slice][tap][channel], else partial[slice][channel][tap]
  bool in_cluster = false;       // the slices are added by a thread block cluster, through distributed shared memory
};

}  // namespace faltung::cuda_depthwise
