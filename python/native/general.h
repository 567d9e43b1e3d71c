// A convolution in the words of XLA: any order of axes, zeros between the elements of the input, groups of images.
#pragma once

#include "faltung/conv.h"

namespace faltung::python {

struct GeneralConv {
  TensorView lhs, rhs;            // (N, C, in…), (O, C/groups, k…): their axes are in this order already
  Dims lhs_dilation;              // one for each spatial axis
  std::int64_t batch_groups = 1;  // of the images and of O
  Dims out_axes;                  // where the result has its axes N, O, out…
  ConvOptions options;            // with pairs as padding
};

// The result's axes lie in memory as they are numbered.
Tensor convolve(const GeneralConv& conv, Context& context);

// The view's axes in another order: axis i of the result is axes[i].
TensorView permuted(const TensorView& view, const Dims& axes);

}  // namespace faltung::python
