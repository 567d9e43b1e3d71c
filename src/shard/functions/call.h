// A call in PyTorch's words on many ranks.
#pragma once

#include "faltung/conv_sharded.h"
#include "shard/planned/together.h"

namespace faltung {

// Blocks of the three tensors; the one that is wanted is left out.
struct CallOperands {
  TensorView input{}, weight{}, output{}, bias{};
};
// What becomes of the result.
struct CallResult {
  std::optional<DType> type{};  // if it is not that of the operands
  Tensor sum{};                 // to be added to; undefined: a new one
};

// What is convolved follows from the extents of input and weight. The output is divided as given, else like the input.
struct ShardedCall {
  const Sharded &input, &weight;
  std::optional<Sharding> output;  // known after the first evaluation
  Group& group;
  const ConvOptions& options;
  Context& context;

  // This rank's block of what is wanted.
  Tensor evaluate(Wanted wanted, const CallOperands& operands, const CallResult& into = {});
  // The sum of two outputs, rounded once.
  Tensor sum_of_outputs(const CallOperands& first, const CallOperands& second);
  Tensor zeros(const TensorView& like) const;
  // An output that has nothing but a bias, or nothing at all, like the block given.
  Tensor bias_alone(const TensorView& bias, const TensorView& like) const;
  // Σ grad_output over all axes but the channels, whole on every rank.
  Tensor bias_gradient(const TensorView& grad_output);

  Execution execution() const { return Execution({context.device(), options.stream}, nullptr, options.policy.threads); }

 private:
  ShardedProblem problem_of(Wanted wanted, const CallOperands& operands, const CallResult& into,
                            const std::string& formats);
};

}  // namespace faltung
