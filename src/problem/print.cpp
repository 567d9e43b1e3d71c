#include <fmt/format.h>
#include <fmt/ranges.h>

#include "problem/geometry.h"
#include "problem/names.h"

namespace faltung {

std::string_view name_of(Pass pass) noexcept {
  return pass <= Pass::WeightGrad ? pass_names[static_cast<std::size_t>(pass)].first : "unknown";
}

std::string_view name_of(Activation activation) noexcept {
  for (const auto& [name, value] : activation_names)
    if (value == activation) return name;
  return "none";
}

std::string_view name_of(Border border) noexcept {
  for (const auto& [name, value] : border_names)
    if (value == border) return name;
  return "unknown";
}

std::optional<Border> border_from_name(std::string_view name) noexcept {
  for (const auto& [known, border] : border_names)
    if (known == name) return border;
  return std::nullopt;
}

namespace {

std::string layout_text(const ConvProblem& p, Role role) {
  const auto rank = static_cast<std::size_t>(p.geometry.rank - 1);
  const DenseLayout layout = layout_of(p, role);
  if (layout.contiguous) return std::string(contiguous_names[rank]);
  if (layout.channels_last) return std::string(channels_last_names[rank]);
  return fmt::format("[{}]", fmt::join(p.operand(role).strides, ","));
}

// "a" where all three are equal, else "a:b:c".
std::string for_operands(const std::string& x, const std::string& w, const std::string& y) {
  return x == w && w == y ? x : fmt::format("{}:{}:{}", x, w, y);
}

// One number for all axes where `shorten` and they agree, else one each, joined by x.
std::string for_axes(const Geometry& g, std::int64_t Axis::*member, bool shorten) {
  std::vector<std::int64_t> values;
  for (int a = 0; a < g.rank; ++a) values.push_back(g.axes[static_cast<std::size_t>(a)].*member);
  if (shorten && std::all_of(values.begin(), values.end(), [&](auto value) { return value == values[0]; }))
    values.resize(1);
  return fmt::format("{}", fmt::join(values, "x"));
}

std::string flags_of(const ConvProblem& p) {
  std::string flags;
  const auto flag = [&flags](bool set, std::string_view name) {
    if (set) flags.append(" ").append(name);
  };
  flag(p.padding_mode != Border::zeros, name_of(p.padding_mode));
  flag(p.epilogue.bias, "bias");
  flag(p.epilogue.add, "add");
  flag(p.epilogue.activation != Activation::none, name_of(p.epilogue.activation));
  flag(p.epilogue.quantized, "quantized");
  flag(p.epilogue.weight_zeros, "wzero");
  flag(p.accumulate, "accumulate");
  flag(p.constant_weights, "constw");
  flag(p.x.conjugate, "conjx");
  flag(p.w.conjugate, "conjw");
  flag(p.y.conjugate, "conjy");
  const Numerics& n = p.numerics;
  if (n.accumulate) flag(true, fmt::format("acc:{}", name_of(*n.accumulate)));
  flag(!n.tf32, "notf32");
  flag(n.deterministic, "deterministic");
  flag(n.batch_invariant, "batch_invariant");
  flag(!n.transforms, "notransforms");
  flag(n.large_tiles, "largetiles");
  constexpr int full = Operand::max_alignment;
  if (p.x.alignment != full || p.w.alignment != full || p.y.alignment != full)
    flag(true, fmt::format("align:{}:{}:{}", p.x.alignment, p.w.alignment, p.y.alignment));
  return flags;
}

}  // namespace

std::string print(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  const auto dtype = [](const Operand& operand) { return std::string(name_of(operand.dtype)); };
  return fmt::format("{} {} {} n{} c{} k{} g{} i{} f{} o{} s{} d{} p{}{}", name_of(p.pass),
                     for_operands(dtype(p.x), dtype(p.w), dtype(p.y)),
                     for_operands(layout_text(p, Role::x), layout_text(p, Role::w), layout_text(p, Role::y)), g.batch,
                     total_channels(g, Role::x), total_channels(g, Role::y), g.groups, for_axes(g, &Axis::in, false),
                     for_axes(g, &Axis::filter, false), for_axes(g, &Axis::out, false),
                     for_axes(g, &Axis::stride, true), for_axes(g, &Axis::dilation, true),
                     for_axes(g, &Axis::pad, true), flags_of(p));
}

}  // namespace faltung
