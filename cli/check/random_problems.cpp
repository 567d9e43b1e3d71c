#include "check/random_problems.h"

#include <algorithm>
#include <numeric>

namespace faltung::check {

std::int64_t RandomProblems::between(std::int64_t low, std::int64_t high) {
  // Not std::uniform_int_distribution: its results differ between standard libraries.
  return low + static_cast<std::int64_t>(generator_() % static_cast<std::uint64_t>(high - low + 1));
}

Axis RandomProblems::axis() {
  Axis a{.in = between(1, 9),
         .filter = between(1, 4),
         .stride = between(1, 3),
         .dilation = between(1, 3),
         .pad = between(-2, 4)};
  if (chance(5)) a.pad = between(8, 20);
  const std::int64_t high_pad = chance(50) ? a.pad : between(-2, 4);
  a.out = std::max<std::int64_t>((a.in + a.pad + high_pad - a.dilation * (a.filter - 1) - 1) / a.stride + 1, 1);
  return a;
}

Geometry RandomProblems::geometry() {
  Geometry g{.batch = between(1, 3),
             .groups = chance(60) ? 1 : between(2, 4),
             .in_channels = between(1, 5),
             .out_channels = between(1, 5),
             .rank = static_cast<int>(between(1, 3))};
  if (chance(15)) g.in_channels = between(15, 34);
  if (chance(15)) g.out_channels = between(15, 34);
  for (int i = 0; i < g.rank; ++i) g.axes[static_cast<std::size_t>(i)] = axis();
  return g;
}

Border RandomProblems::fitting_border(const Geometry& geometry) {
  std::vector<Border> borders{Border::reflect, Border::circular, Border::symmetric};
  for (int i = 0; i < geometry.rank; ++i) {
    const Axis& axis = geometry.axes[static_cast<std::size_t>(i)];
    const std::int64_t most = std::max(axis.pad, axis.high_pad());
    std::erase_if(borders, [&](Border border) { return most > axis.in - (border == Border::reflect ? 1 : 0); });
  }
  borders.push_back(Border::replicate);
  return pick(borders);
}

// Any order of the axes, with gaps; what is only read may run backwards or stand still.
Dims RandomProblems::strides(const Dims& extents, bool written) {
  std::vector<int> order(static_cast<std::size_t>(extents.size()));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size() - 1; i > 0; --i)
    std::swap(order[i], order[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(i)))]);
  Dims result = Dims::filled(extents.size(), 0);
  std::int64_t step = chance(30) ? 2 : 1;
  for (const int i : order) {
    result[i] = step;
    step *= std::max<std::int64_t>(extents[i], 1);
    if (chance(20)) step += between(1, 3);
    if (!written && chance(15)) result[i] = -result[i];
    if (!written && chance(10)) result[i] = 0;
  }
  return result;
}

void RandomProblems::layouts(ConvProblem& p) {
  for (const Role role : {Role::x, Role::w, Role::y}) {
    Operand& operand = p.operand(role);
    const auto format = chance(50) ? MemoryFormat::contiguous : MemoryFormat::channels_last;
    operand.strides = chance(60) ? operand_strides(p.geometry, role, format)
                                 : strides(extents_of(p.geometry, role), role == written_role(p.pass));
    if (chance(20))
      operand.alignment = static_cast<std::uint8_t>(std::min<std::size_t>(size_of(real_of(operand.dtype)), 16));
  }
}

void RandomProblems::types(ConvProblem& p) {
  using enum DType;
  const DType dtype = pick(std::vector{f32, f32, f32, f64, f16, bf16, cf32, cf64, i8, i32, i64});
  for (const Role role : {Role::x, Role::w, Role::y}) p.operand(role).dtype = dtype;
  if (!chance(15)) return;
  const auto kind = is_complex(dtype)   ? std::vector{cf32, cf64}
                    : is_integer(dtype) ? std::vector{i8, i32, i64}
                                        : std::vector{f16, bf16, f32, f64};
  for (const Role role : {Role::x, Role::w, Role::y}) p.operand(role).dtype = pick(kind);
  if (chance(30)) p.numerics.accumulate = kind.back();
}

void RandomProblems::flags(ConvProblem& p) {
  for (const Role role : {Role::x, Role::w, Role::y})
    p.operand(role).conjugate = is_complex(p.x.dtype) && role != written_role(p.pass) && chance(40);
  p.accumulate = chance(20);
  if (chance(15)) p.padding_mode = fitting_border(p.geometry);
  p.constant_weights = p.pass != Pass::WeightGrad && chance(20);
  p.numerics.deterministic = chance(10);
  p.numerics.batch_invariant = chance(10);
  p.numerics.transforms = !chance(10);
  if (p.pass == Pass::WeightGrad || !chance(30)) return;
  p.epilogue = {.bias = chance(60), .add = chance(40)};
  using enum Activation;
  if (is_integer(p.x.dtype))
    p.epilogue.activation = pick(std::vector{none, relu, relu6});
  else if (!is_complex(p.x.dtype))
    p.epilogue.activation = pick(std::vector{none, relu, relu, relu6, sigmoid, tanh, silu, gelu});
}

// Depthwise in 1-D, all padding on the left: too special to come about by chance.
ConvProblem RandomProblems::causal() {
  ConvProblem p{.pass = pick(std::vector{Pass::Forward, Pass::DataGrad}),
                .geometry = {.batch = between(1, 3), .groups = between(2, 40), .rank = 1}};
  Axis& axis = p.geometry.axes[0];
  axis = {.in = between(1, 70), .filter = between(2, 4), .dilation = chance(70) ? 1 : between(2, 3)};
  axis.pad = (axis.filter - 1) * axis.dilation;
  axis.out = axis.in;
  const DType dtype = pick(std::vector{DType::f32, DType::f64, DType::f16, DType::bf16});
  const MemoryFormat format = pick(std::vector{MemoryFormat::contiguous, MemoryFormat::channels_last});
  for (const Role role : {Role::x, Role::w, Role::y})
    p.operand(role) = {.dtype = dtype, .strides = operand_strides(p.geometry, role, format)};
  p.epilogue = {.bias = chance(50), .activation = chance(30) ? Activation::silu : Activation::none};
  return canonical(p);
}

ConvProblem RandomProblems::any() {
  if (chance(5)) return causal();
  ConvProblem p{.pass = pick(std::vector{Pass::Forward, Pass::DataGrad, Pass::WeightGrad}), .geometry = geometry()};
  if (chance(2)) p.geometry.batch = 0;
  if (chance(2)) p.geometry.in_channels = 0;
  if (chance(2)) p.geometry.out_channels = 0;
  types(p);
  layouts(p);
  flags(p);
  return canonical(p);
}

ConvProblem RandomProblems::quantized() {
  using enum DType;
  ConvProblem p{.geometry = geometry()};
  p.epilogue = {.bias = chance(60),
                .activation = chance(30) ? Activation::relu : Activation::none,
                .quantized = true,
                .weight_zeros = chance(25)};
  p.x.dtype = pick(std::vector{i8, u8});
  p.w.dtype = p.epilogue.weight_zeros ? pick(std::vector{i8, u8}) : i8;
  p.y.dtype = pick(std::vector{i8, u8, u8, f32, i32});
  layouts(p);
  if (chance(15)) p.padding_mode = fitting_border(p.geometry);
  p.constant_weights = chance(30);
  return canonical(p);
}

ConvProblem RandomProblems::plain(Pass pass) {
  ConvProblem p{.pass = pass, .geometry = geometry()};
  p.numerics.transforms = false;
  for (const Role role : {Role::x, Role::w, Role::y}) {
    p.operand(role).dtype = DType::f64;
    p.operand(role).strides = operand_strides(p.geometry, role, MemoryFormat::contiguous);
  }
  return canonical(p);
}

}  // namespace faltung::check
