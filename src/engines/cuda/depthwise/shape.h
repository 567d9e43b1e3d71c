// What the kernels are told. A problem with one channel a group, seen as planes: 1-D has one row.
#pragma once

#include <cstdint>

#include "faltung/problem.h"

namespace faltung::cuda_depthwise {

// `source` is the larger side of the window sum (x), `target` the other (y); a data gradient with stride 1 is a forward
// pass from y to x with the filter turned round.
struct Planes {
  int batch = 1, channels = 1;
  int source_h = 1, source_w = 1, target_h = 1, target_w = 1;
  int pad_h = 0, pad_w = 0;
  bool source_aligned = false, target_aligned = false;  // pointers to 16 bytes
};

// w[channel, t, r, s], channel over all groups; the strides of a filter that is turned round are negative.
struct Filter {
  const void* data = nullptr;
  std::int64_t channel = 0;
  int t = 0, r = 0, s = 0;
};

struct After {
  const void* bias = nullptr;  // or null
  Activation activation = Activation::none;
};

// The shares of a weight gradient, before they are added.
struct Gather {
  int shares = 1, channels = 1, filter_d = 1, filter_h = 1, filter_w = 1;
  bool channel_fastest = false;  // partial[share][tap][channel], else partial[share][channel][tap]
  bool in_cluster = false;       // shares of a weight are summed by blocks that see each other's shared memory
};

}  // namespace faltung::cuda_depthwise
