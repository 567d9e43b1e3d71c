// The words of PyTorch on many ranks: each passes its blocks and gets its block of the result.
//
// Every rank makes the same call, with the same options and shardings. Extents that are cut follow from the offsets,
// the others from the block. Tensors have a batch axis. What a rank's arguments are refused for is thrown on all ranks.
// A problem that is run often is planned once, with its buffers: faltung/sharded.h.
#pragma once

#include <optional>

#include "faltung/conv_gradients.h"
#include "faltung/sharded.h"

#pragma GCC visibility push(default)
namespace faltung {

// A rank's block of a tensor. Without a sharding it is the whole, the same on every rank.
struct Sharded {
  TensorView block{};
  Sharding sharding{};
};

struct ShardedTensor {
  Tensor block;
  Sharding sharding;
  operator Sharded() const { return {block, sharding}; }
};

// convolution(), transposed if the options say so, in one to three dimensions. The bias is whole on every rank. The
// output is divided as `output` says, else like the input (following()).
ShardedTensor convolution_sharded(const Sharded& input, const Sharded& weight, const TensorView& bias, Group& group,
                                  const ConvOptions& options = {}, const std::optional<Sharding>& output = {},
                                  Context& context = default_context());

// convolution_backward(): gradients are divided like their operands; that by the bias is whole on every rank. Sums over
// ranks are made in the order of the ranks, in the accumulator's type, and rounded once; on a GPU weight gradients of
// 16-bit types may be rounded there before.
Gradients convolution_sharded_backward(const Sharded& grad_output, const Sharded& input, const Sharded& weight,
                                       Group& group, const ConvOptions& options = {}, GradientMask mask = {},
                                       Context& context = default_context());

// convolution_double_backward(): gg_input and gg_weight are blocks like those of input and weight, gg_bias is whole;
// each may be left out with {}, on all ranks.
DoubleGradients convolution_sharded_double_backward(const TensorView& gg_input, const TensorView& gg_weight,
                                                    const TensorView& gg_bias, const Sharded& grad_output,
                                                    const Sharded& input, const Sharded& weight, Group& group,
                                                    const ConvOptions& options = {}, DoubleGradientMask mask = {},
                                                    Context& context = default_context());

}  // namespace faltung
#pragma GCC visibility pop
