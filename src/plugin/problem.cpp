#include "plugin/problem.h"

#include <array>
#include <utility>

#include "faltung/engine.h"
#include "problem/geometry.h"

namespace faltung::plugin {
namespace {

constexpr std::array<std::pair<std::uint64_t, const char*>, 11> feature_names{{
    {FALTUNG_PLUGIN_BIAS, "bias"},
    {FALTUNG_PLUGIN_ADD, "add"},
    {FALTUNG_PLUGIN_ACTIVATION, "activation"},
    {FALTUNG_PLUGIN_ACCUMULATE, "accumulate"},
    {FALTUNG_PLUGIN_PADDING_MODE, "padding_mode"},
    {FALTUNG_PLUGIN_CONJUGATE, "conjugate"},
    {FALTUNG_PLUGIN_ACCUMULATOR, "accumulator"},
    {FALTUNG_PLUGIN_DETERMINISTIC, "deterministic"},
    {FALTUNG_PLUGIN_BATCH_INVARIANT, "batch_invariant"},
    {FALTUNG_PLUGIN_NO_TF32, "no_tf32"},
    {FALTUNG_PLUGIN_NO_TRANSFORMS, "no_transforms"},
}};

// The library's names are literals, so they end with a 0.
const char* text_of(std::string_view name) { return name.data(); }

faltung_plugin_axis axis_of(const Axis& axis) {
  return {axis.in, axis.filter, axis.out, axis.stride, axis.dilation, axis.pad};
}

faltung_plugin_operand operand_of(const ConvProblem& problem, Role role) {
  const Operand& operand = problem.operand(role);
  const DenseLayout layout = layout_of(problem, {role});
  faltung_plugin_operand plain{.dtype = text_of(name_of(operand.dtype)),
                               .element_bytes = size_of(operand.dtype),
                               .alignment = operand.alignment,
                               .strides = {},
                               .conjugate = operand.conjugate,
                               .channels_last = layout.channels_last,
                               .contiguous = layout.contiguous,
                               .reserved = 0};
  for (int i = 0; i < operand.strides.size(); ++i) plain.strides[i] = operand.strides[i];
  return plain;
}

}  // namespace

std::uint64_t features_of(const ConvProblem& p) {
  std::uint64_t features = 0;
  const auto add = [&features](bool asked, std::uint64_t feature) { features |= asked ? feature : 0; };
  add(p.epilogue.bias, FALTUNG_PLUGIN_BIAS);
  add(p.epilogue.add, FALTUNG_PLUGIN_ADD);
  add(p.epilogue.activation != Activation::none, FALTUNG_PLUGIN_ACTIVATION);
  add(p.accumulate, FALTUNG_PLUGIN_ACCUMULATE);
  add(p.padding_mode != Border::zeros, FALTUNG_PLUGIN_PADDING_MODE);
  add(p.x.conjugate || p.w.conjugate || p.y.conjugate, FALTUNG_PLUGIN_CONJUGATE);
  add(p.numerics.accumulate.has_value(), FALTUNG_PLUGIN_ACCUMULATOR);
  add(p.numerics.deterministic, FALTUNG_PLUGIN_DETERMINISTIC);
  add(p.numerics.batch_invariant, FALTUNG_PLUGIN_BATCH_INVARIANT);
  add(!p.numerics.tf32, FALTUNG_PLUGIN_NO_TF32);
  add(!p.numerics.transforms, FALTUNG_PLUGIN_NO_TRANSFORMS);
  return features;
}

std::string names_of_features(std::uint64_t features) {
  std::string names;
  for (const auto& [feature, name] : feature_names)
    if (features & feature) names.append(names.empty() ? "" : ", ").append(name);
  return names;
}

PluginProblem::PluginProblem(const ConvProblem& p) : text_(print(p)) {
  const Geometry& g = p.geometry;
  problem_ = {.size = sizeof problem_,
              .features = features_of(p),
              .text = text_.c_str(),
              .pass = text_of(name_of(p.pass)),
              .batch = g.batch,
              .groups = g.groups,
              .in_channels = g.in_channels,
              .out_channels = g.out_channels,
              .rank = g.rank,
              .constant_weights = p.constant_weights,
              .axes = {axis_of(g.axes[0]), axis_of(g.axes[1]), axis_of(g.axes[2])},
              .x = operand_of(p, Role::x),
              .w = operand_of(p, Role::w),
              .y = operand_of(p, Role::y),
              .activation = text_of(name_of(p.epilogue.activation)),
              .padding_mode = text_of(name_of(p.padding_mode)),
              .accumulator = text_of(name_of(accumulator_of(p)))};
}

faltung_plugin_device device_for(const ConvProblem& problem, const DeviceInfo& device) {
  return {.size = sizeof(faltung_plugin_device),
          .type = text_of(name_of(device.device.type)),
          .name = device.name.c_str(),
          .index = device.device.index,
          .threads = device.threads,
          .vector_bytes = device.vector_bytes,
          .multiprocessors = device.sm_count,
          .capability = device.capability,
          .reserved = 0,
          .flops = best_ceiling_of(problem, device),
          .bytes_per_second = device.bytes_per_second};
}

}  // namespace faltung::plugin
