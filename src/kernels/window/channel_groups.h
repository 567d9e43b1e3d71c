// Kernels of channel_kernels.h for groups of two or four channels, of the source as of the positions. For each tap
// there are the weights of each channel of a group's source in turn, each for all positions' channels; `weight_stride`
// is that of a tap.
#pragma once

#include "kernels/window/channel_kernels.h"

namespace faltung::window {

ChannelKernels<float> channel_group_kernels(const RunShape& shape, std::int64_t group);

}  // namespace faltung::window
