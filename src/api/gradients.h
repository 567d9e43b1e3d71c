// Gradients and double gradients with or without a mapped axis; the public functions are wrappers.
#pragma once

#include "api/sum.h"
#include "faltung/conv_gradients.h"

namespace faltung {

// The operands of one call, by name; the mapped axis of each is its axis 0.
struct Mapped {
  std::string_view function;
  const ConvOptions& options;
  Factor input{}, weight{}, bias{}, grad_output{}, gg_input{}, gg_weight{}, gg_bias{};
  std::int64_t extent = 1;  // of the mapped axis
  bool any = false;         // something is mapped

  Dims stacked(const Dims& sizes) const;  // of a result
};

Tensor mapped_forward(const Mapped& operands, const TensorView& out, Context& context);
Gradients mapped_backward(const Mapped& operands, GradientMask mask, const GradientViews& out, Context& context);
DoubleGradients mapped_double_backward(const Mapped& operands, DoubleGradientMask mask, const DoubleGradientViews& out,
                                       Context& context);

// check_call(), and checks that some machine could address the mapped tensors too.
Call check_mapped(const Request& request, const Mapped& operands, const Context& context);
// A term without a bias: two operands in PyTorch's order, each with its role.
Term make_term(const Call& call, Role a, const Factor& first, Role b, const Factor& second);
// Checks extents, type and device, and that it is readable if it will be read.
void check_factor(const Call& call, const Factor& factor, const Dims& sizes, const char* name, bool read);

}  // namespace faltung
