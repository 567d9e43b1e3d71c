// Gradients of calls like earlier ones: with the plans of those, without checks and without a search.
#pragma once

#include "faltung/conv_gradients.h"

namespace faltung::python {

// As convolution_backward(); by known plans if there is one for each gradient by input and weight that the mask wants.
Gradients backward_as_known(const TensorView& grad_output, const TensorView& input, const TensorView& weight,
                            const ConvOptions& options, GradientMask mask, Context& context);

}  // namespace faltung::python
