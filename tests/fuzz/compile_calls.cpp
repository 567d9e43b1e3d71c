// Problems made of any numbers, compiled under any policy, bound to views and run: a plan, or an Error.
#include <cstdlib>

#include "faltung/faltung.h"
#include "fuzz/hostile.h"

namespace {

using namespace faltung;
using namespace faltung::fuzz;

constexpr Role roles[] = {Role::x, Role::w, Role::y};

Axis axis_from(Choices& choices) {
  Axis axis{.in = number(choices), .filter = choices.between(1, 3), .out = number(choices)};
  if (choices.flag()) axis.stride = choices.between(1, 4);
  if (choices.flag()) axis.dilation = choices.between(1, 4);
  if (choices.flag()) axis.pad = choices.seldom() ? number(choices) : choices.between(-1, 4);
  if (choices.seldom()) axis.filter = number(choices);
  if (choices.seldom()) axis.stride = number(choices);
  if (choices.seldom()) axis.dilation = number(choices);
  return axis;
}

ConvProblem problem_from(Choices& choices) {
  ConvProblem p{.pass = static_cast<Pass>(choices.between(0, 2)),
                .geometry = {.batch = number(choices),
                             .groups = choices.seldom() ? number(choices) : choices.between(1, 3),
                             .in_channels = number(choices),
                             .out_channels = number(choices),
                             .rank = choices.seldom() ? choices.between(-1, 5) : choices.between(1, 3)}};
  for (Axis& axis : p.geometry.axes) axis = axis_from(choices);
  const DType type = dtype(choices);
  const bool known_rank = p.geometry.rank >= 1 && p.geometry.rank <= max_spatial;
  for (const Role role : roles) {
    Operand& operand = p.operand(role);
    operand = {.dtype = choices.seldom() ? dtype(choices) : type,
               .conjugate = choices.seldom(),
               .alignment = static_cast<std::uint8_t>(choices.seldom() ? choices.between(0, 255) : 1)};
    const auto format = choices.flag() ? MemoryFormat::channels_last : MemoryFormat::contiguous;
    if (choices.between(0, 3) > 0 && known_rank) operand.strides = operand_strides(p.geometry, role, format);
    while (operand.strides.size() < 3 + p.geometry.rank) operand.strides.push_back(number(choices));
  }
  p.epilogue = {choices.seldom(), choices.seldom(),
                static_cast<Activation>(choices.seldom() ? choices.between(0, 6) : 0)};
  p.accumulate = choices.seldom();
  p.constant_weights = choices.between(0, 3) == 3;
  if (choices.seldom()) p.numerics.accumulate = dtype(choices);
  if (choices.seldom()) p.padding_mode = static_cast<Border>(choices.between(0, 5));
  return p;
}

TensorView view_of(Views& views, const ConvProblem& p, Role role) {
  const Operand& operand = p.operand(role);
  const Dims sizes = extents_of(p.geometry, role);
  TensorView view(views.memory_for(sizes, operand.strides, operand.dtype), operand.dtype, sizes, operand.strides);
  view.conjugate = operand.conjugate;
  return view;
}

void run_bound(Choices& choices, const ConvProblem& p) {
  Views views;
  OperandViews operands{view_of(views, p, Role::x), view_of(views, p, Role::w), view_of(views, p, Role::y)};
  if (p.epilogue.add) operands.z = view_of(views, p, written_role(p.pass));
  if (p.epilogue.bias) operands.bias = views.make(choices, {number(choices)}, p.written().dtype);
  const BoundProblem bound = bind(p, operands);
  if (flops_of(p) > 1e6) return;
  const CompiledConv compiled = compile(bound.problem, policy(choices));
  if (choices.flag() || p.pass == Pass::WeightGrad) return compiled.run(bound.operands);
  compiled.run(bound.operands, *compiled.prepare(bound.operands.w));
}

void plan_and_run(Choices& choices) {
  const ConvProblem p = canonical(problem_from(choices));
  if (parse_problem(print(p)) != p) std::abort();
  const Policy chosen = policy(choices);
  static_cast<void>(print(explain(p, chosen)));
  if (!chosen.only.empty() && choices.flag()) static_cast<void>(variants_of(p, chosen));
  run_bound(choices, p);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return run_hostile(data, size, plan_and_run);
}
