// The gradient of a bias: sums over everything but the channels.
#pragma once

#include "faltung/context.h"
#include "faltung/conv_options.h"

namespace faltung {

// Sums over all axes of `view` but `channels` (0 or 1) into `out`, a tensor of rank 1 and of the same type, wherever
// the two lie. Floating sums are carried in f64 and rounded once; integers wrap.
void sum_channels(const TensorView& view, int channels, const TensorView& out, const ConvOptions& options, Context& context);

// The same as a convolution, for devices where tensors are not summed otherwise: the weight gradient of a filter with one
// tap, each channel a group, over an input of ones.
void sum_by_convolution(const TensorView& view, int channels, const TensorView& out, const ConvOptions& options, Context& context);

}  // namespace faltung
