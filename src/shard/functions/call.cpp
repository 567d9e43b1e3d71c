#include "shard/functions/call.h"

#include <fmt/format.h>

#include "problem/geometry.h"
#include "problem/roles.h"
#include "shard/exchange/agreement.h"

namespace faltung {
namespace {

bool wants_channels_last(const TensorView& block) {
  return block.rank() >= 3 && block.rank() <= 5 && suggests_channels_last(block);
}

// 'l' for a whole input, or weight, that lies channels-last, else 'c'. A block with extents of 1 may leave it open: one
// that does not decides for all.
std::string agreed_formats(const TensorView& input, const TensorView& weight, Group& group) {
  std::string formats{wants_channels_last(input) ? 'l' : 'c', wants_channels_last(weight) ? 'l' : 'c'};
  for (const std::string& wish : texts_of_all(group, std::string(formats)))
    for (std::size_t i = 0; i < formats.size(); ++i)
      if (wish.size() == formats.size() && wish[i] == 'l') formats[i] = 'l';
  return formats;
}

// The tensor that the blocks make, without data.
TensorView whole(const Sharded& operand, char format, const char* name) {
  TensorView view = operand.block;
  if (!view.defined) throw Error(ErrorCode::InvalidArgument, fmt::format("{} is left out; it is needed", name));
  for (const Cut& cut : operand.sharding.cuts)
    if (cut.axis >= 0 && cut.axis < view.rank() && !cut.offsets.empty()) view.sizes[cut.axis] = cut.offsets.back();
  view.data = nullptr;
  view.strides = dense_strides(view.sizes, format == 'l' ? MemoryFormat::channels_last : MemoryFormat::contiguous);
  return view;
}

Role role_of(Wanted wanted, bool transposed) {
  if (wanted == Wanted::grad_weight) return Role::w;
  return wanted == Wanted::output ? output_role(transposed) : input_role(transposed);
}

// As an epilogue reads it.
Tensor plain(const TensorView& bias, DType dtype, const Execution& execution) {
  const bool conjugated = bias.conjugate && is_complex(bias.dtype);
  if (!bias.defined || (bias.dtype == dtype && bias.is_contiguous() && !conjugated))
    return Tensor::borrow(bias, nullptr);
  return cast(bias, dtype, execution);
}

template <class T>
T& at(Role role, T& x, T& w, T& y) {
  return role == Role::x ? x : role == Role::w ? w : y;
}

}  // namespace

ShardedProblem ShardedCall::problem_of(Wanted wanted, const CallOperands& operands, const CallResult& into,
                                       const std::string& formats) {
  const TensorView whole_input = whole(input, formats[0], "the input"),
                   whole_weight = whole(weight, formats[1], "the weight");
  if (whole_input.rank() != whole_weight.rank())
    throw Error(ErrorCode::InvalidArgument, "the input has no batch axis; on several ranks it needs one");
  ShardedProblem p{convolution_problem(whole_input, whole_weight, operands.bias, options, wanted), {}};
  const Role in = input_role(options.transposed), out = output_role(options.transposed);
  if (!output) output = following(input.sharding, p.problem.geometry, in);
  const auto place = [&](Role role, const Sharding& sharding, const TensorView& block) {
    at(role, p.shardings.x, p.shardings.w, p.shardings.y) = sharding;
    at(role, p.local.x, p.local.w, p.local.y) = block;
    p.problem.operand(role).conjugate = block.conjugate && is_complex(block.dtype);
  };
  place(in, input.sharding, operands.input);
  place(Role::w, weight.sharding, operands.weight);
  place(out, *output, operands.output);
  const Role written = role_of(wanted, options.transposed);
  Operand& result = p.problem.operand(written);
  result.dtype = into.type.value_or(result.dtype);
  p.problem.accumulate = into.sum.defined;
  TensorView& block = at(written, p.local.x, p.local.w, p.local.y);
  block = local_view(p.problem, p.shardings.of(written), written, group.rank(), group.size(), context.device());
  return p;
}

Tensor ShardedCall::evaluate(Wanted wanted, const CallOperands& operands, const CallResult& into) {
  const std::string formats = agreed_formats(input.block, weight.block, group);
  const Role written = role_of(wanted, options.transposed);
  Tensor result = into.sum;
  Tensor bias;
  OperandViews views;
  const auto prepare = [&] {
    ShardedProblem p = problem_of(wanted, operands, into, formats);
    const TensorView& like = at(written, p.local.x, p.local.w, p.local.y);
    if (!result.defined)
      result = Tensor::empty(like.sizes, like.dtype, layout_of(p.problem, written).nearest(), like.device, execution());
    at(written, p.local.x, p.local.w, p.local.y) = result;
    bias = plain(operands.bias, like.dtype, execution());
    views = p.local;
    return p;
  };
  CompiledShardedConv compiled = compile_together(prepare, group, {.policy = options.policy}, context);
  views.bias = bias;
  compiled.run(views, 1.0, execution());
  order(Stream{context.device(), execution().stream.native}, Stream{context.device()});  // in which its buffers go back
  return result;
}

Tensor ShardedCall::sum_of_outputs(const CallOperands& first, const CallOperands& second) {
  const DType dtype = input.block.dtype, wide = accumulator_of(dtype);
  const Tensor sum = evaluate(Wanted::output, second, {wide, evaluate(Wanted::output, first, {wide, {}})});
  if (wide == dtype) return sum;
  const MemoryFormat format = wants_channels_last(sum) ? MemoryFormat::channels_last : MemoryFormat::contiguous;
  Tensor rounded = Tensor::empty(sum.sizes, dtype, format, sum.device, execution());
  copy(sum, rounded, execution());
  return rounded;
}

Tensor ShardedCall::zeros(const TensorView& like) const {
  return Tensor::zeros(like.sizes, like.dtype, MemoryFormat::contiguous, context.device(), execution());
}

}  // namespace faltung
