// Kernels of channel_kernels.h for groups of two, four or eight channels, of the source as of the positions. For each
// tap there are the weights of each channel of a group's source in turn, each for all positions' channels;
// `weight_stride` is that of a tap.
#pragma once

#include "kernels/window/channel_kernels.h"

namespace faltung::window {

// Filters that have kernels of their own where vectors are of eight and more f32: three neighbouring taps share what
// they meet.
constexpr bool shares_group_taps(const RunShape& shape) {
  return shape.source == DType::f32 && shape.taps == 3 && shape.step == 1 && shape.tap_step == 1;
}

ChannelKernels<float> channel_group_kernels(const RunShape& shape, std::int64_t group);

}  // namespace faltung::window
