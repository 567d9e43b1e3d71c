// Bytes choose a small problem and an engine (or the planner's choice): the result is right or the engine refuses.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "faltung/verify.h"
#include "fuzz/choices.h"

namespace {

using namespace faltung;
using fuzz::Choices;

Axis axis_from(Choices& choices) {
  return {.in = choices.between(1, 5),
          .filter = choices.between(1, 3),
          .out = choices.between(1, 5),
          .stride = choices.between(1, 3),
          .dilation = choices.between(1, 3),
          .pad = choices.between(-2, 4)};
}

Geometry geometry_from(Choices& choices) {
  Geometry geometry{.batch = choices.between(0, 3),
                    .groups = choices.between(1, 3),
                    .in_channels = choices.between(1, 5),
                    .out_channels = choices.between(1, 5),
                    .rank = choices.between(1, max_spatial)};
  for (int i = 0; i < geometry.rank; ++i) geometry.axes[i] = axis_from(choices);
  return geometry;
}

// Types and an epilogue that fit; geometry, layouts and the rest stay.
void make_quantized(ConvProblem& problem, Choices& choices) {
  using enum DType;
  problem.pass = Pass::Forward;
  problem.accumulate = false;
  const Activation activation = choices.flag() ? Activation::relu : Activation::none;
  problem.epilogue = {.bias = problem.epilogue.bias, .activation = activation, .quantized = true};
  problem.epilogue.weight_zeros = choices.flag();
  problem.x.dtype = choices.pick({i8, u8});
  problem.w.dtype = problem.epilogue.weight_zeros ? choices.pick({i8, u8}) : i8;
  problem.y.dtype = choices.pick({i8, u8, f32, i32});
  for (Operand* operand : {&problem.x, &problem.w, &problem.y}) operand->conjugate = false;
}

ConvProblem problem_from(Choices& choices) {
  ConvProblem problem{.pass = static_cast<Pass>(choices.between(0, 2)), .geometry = geometry_from(choices)};
  const auto dtype = static_cast<DType>(choices.between(0, static_cast<int>(DType::i64)));
  for (Role role : {Role::x, Role::w, Role::y}) {
    Operand& operand = problem.operand(role);
    operand.dtype = dtype;
    operand.conjugate = is_complex(dtype) && choices.flag();
    const auto format = choices.flag() ? MemoryFormat::channels_last : MemoryFormat::contiguous;
    operand.strides = operand_strides(problem.geometry, role, format);
  }
  problem.epilogue = {
      .bias = choices.flag(), .add = choices.flag(), .activation = static_cast<Activation>(choices.between(0, 6))};
  problem.accumulate = choices.flag();
  problem.constant_weights = choices.flag();
  problem.padding_mode = static_cast<Border>(choices.between(0, 3));
  if (choices.flag()) make_quantized(problem, choices);
  return problem;
}

std::optional<ConvProblem> meaningful(const ConvProblem& problem) {
  try {
    return canonical(problem);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto engines = default_context().engines();
  Choices choices({data, size});
  const auto engine = static_cast<std::size_t>(choices.between(0, static_cast<int>(engines.size())));
  Policy policy;
  policy.threads = choices.between(1, 2);
  if (engine > 0) policy.only = engines[engine - 1].name;
  const auto problem = meaningful(problem_from(choices));
  if (!problem) return 0;

  const Comparison result = verify(*problem, policy);
  const bool may_refuse = !policy.only.empty();
  if (result.passed() || (result.outcome == Outcome::refused && may_refuse)) return 0;
  std::fprintf(stderr, "%s\n%s: %s\n", print(*problem).c_str(), policy.only.c_str(), print(result).c_str());
  std::abort();
}
